#include "exporter/web/gzip.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

#define ZLIB_CONST  // the input is only read
#include <zlib.h>

namespace mta_sts::web {
namespace {

constexpr std::size_t kOutputStep = 32 * 1024;
constexpr int kWindowBits = 15;
constexpr int kGzipFraming = 16;  ///< added to the window bits: zlib writes a gzip header and trailer
constexpr int kMemoryLevel = 8;   ///< zlib's default: 256 KiB a stream

}  // namespace

struct GzipStream::State {
  z_stream zlib{};
  std::string compressed;

  void run(std::string_view piece, int flush) {
    std::array<unsigned char, kOutputStep> output;
    zlib.next_in = reinterpret_cast<const unsigned char*>(piece.data());
    zlib.avail_in = static_cast<uInt>(piece.size());
    do {
      zlib.next_out = output.data();
      zlib.avail_out = static_cast<uInt>(output.size());
      if (deflate(&zlib, flush) == Z_STREAM_ERROR) throw std::logic_error("deflate: broken state");
      compressed.append(reinterpret_cast<const char*>(output.data()), output.size() - zlib.avail_out);
    } while (zlib.avail_out == 0);
  }
};

GzipStream::GzipStream() : state_(std::make_unique<State>()) {
  const int result =
      deflateInit2(&state_->zlib, kGzipLevel, Z_DEFLATED, kWindowBits + kGzipFraming, kMemoryLevel, Z_DEFAULT_STRATEGY);
  if (result != Z_OK) throw std::bad_alloc();
}

GzipStream::~GzipStream() { deflateEnd(&state_->zlib); }

void GzipStream::add(std::string_view piece) {
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  while (!piece.empty()) {
    const auto part = piece.substr(0, kMost);
    state_->run(part, Z_NO_FLUSH);
    piece.remove_prefix(part.size());
  }
}

std::string GzipStream::take() { return std::exchange(state_->compressed, {}); }

std::string GzipStream::finish() {
  state_->run({}, Z_FINISH);
  return take();
}

std::string gzip(std::string_view text) {
  GzipStream stream;
  stream.add(text);
  return stream.finish();
}

}  // namespace mta_sts::web
