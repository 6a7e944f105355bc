#include <csetjmp>
#include <cstddef>
#include <cstdio>
// jpeglib.h needs size_t and FILE to be declared before it.
#include <jerror.h>
#include <jpeglib.h>

#include "base/error.h"
#include "models/image.h"

namespace tridex::models {

namespace {

/// Errors of libjpeg leave through longjmp. The functions that call setjmp hold nothing with a destructor;
/// everything that must be released belongs to a Decoder of their caller.
struct Decoder {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  std::jmp_buf escape{};
  char message[JMSG_LENGTH_MAX] = "";
  bool created = false;

  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() {
    if (created) {
      jpeg_destroy_decompress(&info);
    }
  }
};

[[noreturn]] void leave(j_common_ptr info) {
  auto* decoder = static_cast<Decoder*>(info->client_data);
  info->err->format_message(info, decoder->message);
  std::longjmp(decoder->escape, 1);
}

/// Warnings that mean lost pixels are errors; others (bytes between segments, say) are common and harmless.
void judge_warning(j_common_ptr info, int level) {
  if (level >= 0) {
    return;
  }
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_MUST_RESYNC:
      leave(info);
    default:
      break;
  }
}

bool read_header(Decoder& d, const uint8_t* bytes, size_t size) {
  if (setjmp(d.escape) != 0) {
    return false;
  }
  d.info.err = jpeg_std_error(&d.errors);
  d.errors.error_exit = leave;
  d.errors.emit_message = judge_warning;
  d.info.client_data = &d;
  jpeg_create_decompress(&d.info);
  d.created = true;
  jpeg_mem_src(&d.info, bytes, static_cast<unsigned long>(size));
  jpeg_read_header(&d.info, TRUE);
  const bool four = d.info.jpeg_color_space == JCS_CMYK || d.info.jpeg_color_space == JCS_YCCK;
  d.info.out_color_space = four ? JCS_CMYK : JCS_RGB;
  jpeg_calc_output_dimensions(&d.info);
  return true;
}

bool read_rows(Decoder& d, uint8_t* pixels, size_t row_bytes) {
  if (setjmp(d.escape) != 0) {
    return false;
  }
  jpeg_start_decompress(&d.info);
  while (d.info.output_scanline < d.info.output_height) {
    JSAMPROW row = pixels + row_bytes * d.info.output_scanline;
    jpeg_read_scanlines(&d.info, &row, 1);
  }
  jpeg_finish_decompress(&d.info);
  return true;
}

/// Files with an Adobe marker hold the complements of their inks.
std::vector<uint8_t> rgb_of_cmyk(const std::vector<uint8_t>& cmyk, bool complements) {
  std::vector<uint8_t> rgb;
  rgb.reserve(cmyk.size() / 4 * 3);
  for (size_t i = 0; i + 3 < cmyk.size(); i += 4) {
    const int light = complements ? cmyk[i + 3] : 255 - cmyk[i + 3];
    for (size_t c = 0; c < 3; ++c) {
      const int value = complements ? cmyk[i + c] : 255 - cmyk[i + c];
      rgb.push_back(static_cast<uint8_t>((value * light + 127) / 255));
    }
  }
  return rgb;
}

}  // namespace

Image decode_jpeg(std::span<const uint8_t> bytes, const std::string& name) {
  Decoder d;
  if (!read_header(d, bytes.data(), bytes.size())) {
    fail("{}: not a readable JPEG: {}", name, d.message);
  }
  const int64_t pixels = int64_t{d.info.output_width} * d.info.output_height;
  if (pixels < 1 || pixels > kMaxImagePixels) {
    fail("{}: {}x{} pixels are more than an image here may have", name, d.info.output_width,
         d.info.output_height);
  }
  Image image;
  image.width = static_cast<int>(d.info.output_width);
  image.height = static_cast<int>(d.info.output_height);
  const bool cmyk = d.info.out_color_space == JCS_CMYK;
  const size_t row_bytes = size_t{d.info.output_width} * (cmyk ? 4 : 3);
  image.pixels.resize(row_bytes * d.info.output_height);
  if (!read_rows(d, image.pixels.data(), row_bytes)) {
    fail("{}: damaged JPEG: {}", name, d.message);
  }
  if (cmyk) {
    image.pixels = rgb_of_cmyk(image.pixels, d.info.saw_Adobe_marker != 0);
  }
  return image;
}

}  // namespace tridex::models
