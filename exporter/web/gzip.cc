#include "exporter/web/gzip.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>

#include <isa-l/igzip_lib.h>

namespace mta_sts::web {
namespace {

constexpr std::size_t kOutputStep = 32 * 1024;

}  // namespace

struct GzipStream::State {
  isal_zstream stream;
  alignas(std::max_align_t) std::array<unsigned char, ISAL_DEF_LVL1_MEDIUM> work;  // which it takes for structs
  std::string compressed;

  void run(std::string_view piece, bool last) {
    std::array<unsigned char, kOutputStep> output;
    // It reads this without a word of const.
    stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(piece.data()));
    stream.avail_in = static_cast<std::uint32_t>(piece.size());
    stream.end_of_stream = last;
    do {
      stream.next_out = output.data();
      stream.avail_out = static_cast<std::uint32_t>(output.size());
      if (isal_deflate(&stream) != COMP_OK) throw std::logic_error("isal_deflate: broken state");
      compressed.append(reinterpret_cast<const char*>(output.data()), output.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }
};

GzipStream::GzipStream() : state_(std::make_unique<State>()) {
  isal_deflate_init(&state_->stream);
  state_->stream.gzip_flag = IGZIP_GZIP;
  state_->stream.level = kGzipLevel;
  state_->stream.level_buf = state_->work.data();
  state_->stream.level_buf_size = static_cast<std::uint32_t>(state_->work.size());
}

GzipStream::~GzipStream() = default;

void GzipStream::add(std::string_view piece) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  while (!piece.empty()) {
    const auto part = piece.substr(0, kMost);
    state_->run(part, false);
    piece.remove_prefix(part.size());
  }
}

std::string GzipStream::take() { return std::exchange(state_->compressed, {}); }

std::string GzipStream::finish() {
  state_->run({}, true);
  return take();
}

std::string gzip(std::string_view text) {
  GzipStream stream;
  stream.add(text);
  return stream.finish();
}

}  // namespace mta_sts::web
