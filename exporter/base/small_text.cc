#include "exporter/base/small_text.h"

#include <array>
#include <memory>
#include <new>
#include <stdexcept>

#define ZLIB_CONST  // the input is only read
#include <zlib.h>

namespace mta_sts {
namespace {

constexpr int kWindowBits = 12;                ///< 4 KiB, the example among them
constexpr int kNoFraming = -1;                 ///< of the window bits: raw DEFLATE
constexpr int kMemoryLevel = 5;                ///< 32 KiB a stream
constexpr char kPlain = 'p', kDeflated = 'd';  ///< the first octet

template <int (*End)(z_stream*)>
struct EndStream {
  void operator()(z_stream* stream) const { End(stream); }
};

const unsigned char* octets(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void must(int result, int wanted) {
  if (result == Z_MEM_ERROR) throw std::bad_alloc();
  if (result != wanted) throw std::logic_error("zlib: a small text cannot be read or written");
}

/// Appends what `step` makes of the whole input.
template <typename Step>
std::string run(z_stream& stream, std::string_view input, std::string all, Step step) {
  std::array<unsigned char, 4096> output;
  stream.next_in = octets(input);
  stream.avail_in = static_cast<uInt>(input.size());
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    stream.next_out = output.data();
    stream.avail_out = static_cast<uInt>(output.size());
    result = step(stream);
    if (result != Z_STREAM_END) must(result, Z_OK);
    all.append(reinterpret_cast<const char*>(output.data()), output.size() - stream.avail_out);
  }
  return all;
}

}  // namespace

std::string SmallText::pack(std::string_view text) const {
  if (text.size() > kMost) return std::string(1, kPlain).append(text);
  z_stream stream{};
  must(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kNoFraming * kWindowBits, kMemoryLevel,
                    Z_DEFAULT_STRATEGY),
       Z_OK);
  const std::unique_ptr<z_stream, EndStream<deflateEnd>> end(&stream);
  must(deflateSetDictionary(&stream, octets(example_), static_cast<uInt>(example_.size())), Z_OK);
  return run(stream, text, std::string(1, kDeflated), [](z_stream& it) { return deflate(&it, Z_FINISH); });
}

std::string SmallText::unpack(std::string_view packed) const {
  if (packed.empty()) throw std::logic_error("no packed text");
  const char form = packed.front();
  packed.remove_prefix(1);
  if (form == kPlain) return std::string(packed);
  z_stream stream{};
  must(inflateInit2(&stream, kNoFraming * kWindowBits), Z_OK);
  const std::unique_ptr<z_stream, EndStream<inflateEnd>> end(&stream);
  must(inflateSetDictionary(&stream, octets(example_), static_cast<uInt>(example_.size())), Z_OK);
  return run(stream, packed, {}, [](z_stream& it) { return inflate(&it, Z_NO_FLUSH); });
}

}  // namespace mta_sts
