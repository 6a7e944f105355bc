#include "quant/packed_codes.h"

namespace tridex::quant {

PackedCodes::PackedCodes(const Codes& codes, const Quantizer& quantizer)
    : shape_(codes.shape), lowest_(quantizer.lowest()) {
  const auto pack = [&](auto& to) {
    to.resize(codes.data.size());
    for (size_t i = 0; i < to.size(); ++i) {
      to[i] = static_cast<std::remove_reference_t<decltype(to[0])>>(codes.data[i] - lowest_);
    }
  };
  switch (quantizer.bytes()) {
    case 1:
      pack(narrow_);
      break;
    case 2:
      pack(middle_);
      break;
    default:
      wide_ = codes.data;
  }
}

Codes PackedCodes::unpack() const {
  Codes codes{shape_, wide_};
  codes.data.resize(static_cast<size_t>(shape_.elements()));
  const auto unpack = [&](const auto& from) {
    for (size_t i = 0; i < from.size(); ++i) {
      codes.data[i] = static_cast<int32_t>(from[i] + lowest_);
    }
  };
  unpack(narrow_);
  unpack(middle_);
  return codes;
}

}  // namespace tridex::quant
