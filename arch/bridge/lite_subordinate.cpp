#include "arch/bridge/lite_subordinate.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace tridex::arch {

static_assert(std::endian::native == std::endian::little, "lane 0 is the first byte of a word in memory");

LiteSubordinateBase::LiteSubordinateBase(const sc_core::sc_module_name& module_name, int data_bits,
                                         const LiteSubordinateOptions& options)
    : sc_module(module_name),
      word_bytes_(static_cast<unsigned>(data_bits) / 8),
      stall_(options.stall, options.seed) {
  if (options.depth < 1) {
    throw std::invalid_argument(std::string(name()) + ": depth is 1 or more");
  }
  writes_.ring.resize(static_cast<size_t>(options.depth));
  reads_.ring.resize(static_cast<size_t>(options.depth));
  SC_HAS_PROCESS(LiteSubordinateBase);
  SC_METHOD(on_edge);
  sensitive << aclk.pos();
  dont_initialize();
  SC_THREAD(serve_writes);
  SC_THREAD(serve_reads);
}

void LiteSubordinateBase::take() {
  if (pins_.awvalid && pins_.awready) {
    writes_.at(writes_.addresses++).address = pins_.awaddr;
  }
  if (pins_.wvalid && pins_.wready) {
    Request& request = writes_.at(writes_.data++);
    request.data = pins_.wdata;
    request.strobe = pins_.wstrb;
  }
  if (pins_.arvalid && pins_.arready) {
    reads_.at(reads_.addresses++).address = pins_.araddr;
    reads_.data = reads_.addresses;
  }
  for (Direction* direction : {&writes_, &reads_}) {
    if (direction->done < std::min(direction->addresses, direction->data)) {
      direction->arrived.notify(sc_core::SC_ZERO_TIME);
    }
  }
}

void LiteSubordinateBase::answer() {
  const auto ready = [](Direction& direction) {
    return direction.answered < direction.done &&
           direction.at(direction.answered).done < sc_core::sc_time_stamp();
  };
  pins_.bvalid = pins_.bvalid && !pins_.bready;
  if (!pins_.bvalid && ready(writes_) && !stall_()) {
    pins_.bvalid = true;
    pins_.bresp = writes_.at(writes_.answered++).response;
  }
  pins_.rvalid = pins_.rvalid && !pins_.rready;
  if (!pins_.rvalid && ready(reads_) && !stall_()) {
    const Request& request = reads_.at(reads_.answered++);
    pins_.rvalid = true;
    pins_.rresp = request.response;
    pins_.rdata = request.data;
  }
}

void LiteSubordinateBase::on_edge() {
  sample(pins_);
  if (!aresetn.read()) {
    ++resets_;
    pins_ = LiteValues();
    for (Direction* direction : {&writes_, &reads_}) {
      direction->addresses = direction->data = direction->done = direction->answered = 0;
    }
  } else {
    take();
    answer();
    const auto room = [](const Direction& direction, uint64_t taken) {
      return taken - direction.answered < direction.ring.size();
    };
    pins_.awready = room(writes_, writes_.addresses) && !stall_();
    pins_.wready = room(writes_, writes_.data) && !stall_();
    pins_.arready = room(reads_, reads_.addresses) && !stall_();
  }
  drive(pins_);
}

void LiteSubordinateBase::serve(Direction& direction, bool write) {
  while (true) {
    if (direction.done >= std::min(direction.addresses, direction.data)) {
      sc_core::wait(direction.arrived);
      continue;
    }
    const uint64_t resets = resets_;
    Request request = direction.at(direction.done);
    transport(direction.payload, request, write);
    if (resets == resets_) {
      request.done = sc_core::sc_time_stamp();
      direction.at(direction.done++) = request;
    }
  }
}

void LiteSubordinateBase::transport(tlm::tlm_generic_payload& payload, Request& request, bool write) {
  std::array<uint8_t, 8> data{}, enables{};
  unsigned first = 0, bytes = word_bytes_;
  payload.set_byte_enable_ptr(nullptr);
  payload.set_byte_enable_length(0);
  if (write) {
    const uint32_t strobe = request.strobe;
    const unsigned low = static_cast<unsigned>(std::countr_zero(strobe));
    if (strobe != 0 && std::has_single_bit((strobe >> low) + 1)) {
      first = low;
      bytes = static_cast<unsigned>(std::popcount(strobe));
    } else {
      for (unsigned i = 0; i < word_bytes_; ++i) {
        enables[i] = (strobe >> i & 1) != 0 ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
      }
      payload.set_byte_enable_ptr(enables.data());
      payload.set_byte_enable_length(word_bytes_);
    }
    for (unsigned i = 0; i < bytes; ++i) {
      data[i] = static_cast<uint8_t>(request.data >> (8 * (first + i)));
    }
  }
  payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(request.address / word_bytes_ * word_bytes_ + first);
  payload.set_data_ptr(data.data());
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay;
  forward().b_transport(payload, delay);
  if (delay != sc_core::SC_ZERO_TIME) {
    sc_core::wait(delay);
  }
  const tlm::tlm_response_status status = payload.get_response_status();
  request.response = status == tlm::TLM_OK_RESPONSE              ? kRespOkay
                     : status == tlm::TLM_ADDRESS_ERROR_RESPONSE ? kRespDecerr
                                                                 : kRespSlverr;
  request.data = 0;
  for (unsigned i = 0; !write && i < word_bytes_ && request.response == kRespOkay; ++i) {
    request.data |= uint64_t{data[i]} << (8 * i);
  }
}

}  // namespace tridex::arch
