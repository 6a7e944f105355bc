#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace tridex::test {

/// `size` bytes of a number, little-endian; more than eight are zeros.
std::string little(uint64_t number, int size);

/// An entry of a zip file; what its headers claim may differ from what it is.
struct ZipEntry {
  std::string name, content;
  uint32_t method = 0;   ///< 0: stored; 8: deflated
  int64_t claimed = -1;  ///< size after decompression; -1: the true one
  uint16_t flags = 0;
};

/// A zip file, as simple as one can be.
std::string make_zip(const std::vector<ZipEntry>& entries);

/// archive/data.pkl and archive/data/0, /1, ...
std::string make_torch_file(const std::string& pickle, const std::vector<std::string>& storages);

// Parts of a pickle of protocol 2.
std::string pickle(const std::string& value);  ///< PROTO, value, STOP
std::string p_global(const std::string& module, const std::string& name);
std::string p_text(const std::string& text);
std::string p_int(int64_t number);
std::string p_tuple(std::initializer_list<std::string> items);
std::string p_dict(std::initializer_list<std::string> keys_and_values);
std::string p_ints(std::initializer_list<int64_t> numbers);  ///< a tuple
std::string p_storage(const std::string& type, const std::string& key, int64_t elements);
std::string p_tensor(const std::string& storage, int64_t offset, const std::string& size,
                     const std::string& stride);

}  // namespace tridex::test
