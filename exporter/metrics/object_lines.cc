#include "exporter/metrics/object_lines.h"

#include <stdexcept>

namespace mta_sts::metrics {

ObjectLines::Writer::Writer(std::string_view labels) {
  octets_.append("{").append(labels);
  labels_ = octets_.size();
}

std::string& ObjectLines::Writer::begin_line(std::size_t family) {
  if (family >= kMaxFamilies || octets_.size() >= kMaxOctets) throw std::length_error("the lines of one object");
  octets_ += static_cast<char>(family);
  return octets_;
}

ObjectLines::ObjectLines(std::string_view octets, std::size_t labels)
    : octets_(std::make_unique<char[]>(octets.size())),
      size_(static_cast<std::uint32_t>(octets.size())),
      labels_(static_cast<std::uint32_t>(labels)) {
  octets.copy(octets_.get(), octets.size());
}

void ObjectLines::go_to(std::size_t octet, Place& place) const {
  place.at_ = static_cast<std::uint32_t>(octet) & (kMaxOctets - 1);
  place.next_ = octet < size_ ? static_cast<unsigned char>(octets_[octet]) : kNone;
}

bool ObjectLines::append(std::string& text, std::string_view header, std::size_t family, std::string_view name,
                         Place& place) const {
  if (place.at_ == 0) go_to(labels_, place);
  const std::string_view octets(octets_.get(), size_);
  // The index of a family may be the octet LF itself.
  const auto next_line = [&] { return octets.find('\n', place.at_ + 1) + 1; };
  while (place.next_ < family) go_to(next_line(), place);
  if (place.next_ != family) return false;
  text += header;
  const std::string_view labels = octets.substr(0, labels_);
  while (place.next_ == family) {
    const std::size_t next = next_line();
    text.append(name).append(labels).append(octets.substr(place.at_ + 1, next - place.at_ - 1));
    go_to(next, place);
  }
  return true;
}

}  // namespace mta_sts::metrics
