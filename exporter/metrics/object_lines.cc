#include "exporter/metrics/object_lines.h"

#include <algorithm>

namespace mta_sts::metrics {

ObjectLines::ObjectLines(std::string_view labels) {
  octets_.append("{").append(labels);
  labels_ = static_cast<std::uint32_t>(octets_.size());
}

std::string& ObjectLines::begin_line(std::size_t family) {
  octets_ += static_cast<char>(family);
  return octets_;
}

bool ObjectLines::find(std::size_t family, Place& place) const {
  place = std::max(place, labels_);
  const auto here = [&] { return static_cast<unsigned char>(octets_[place]); };
  // The index of a family may be the octet LF itself.
  while (place < octets_.size() && here() < family) place = static_cast<Place>(octets_.find('\n', place + 1) + 1);
  return place < octets_.size() && here() == family;
}

void ObjectLines::append(std::string& text, std::string_view name, Place& place) const {
  const std::string_view octets = octets_;
  const std::string_view labels = octets.substr(0, labels_);
  const char family = octets[place];
  do {
    const std::size_t next = octets.find('\n', place + 1) + 1;
    text.append(name).append(labels).append(octets.substr(place + 1, next - place - 1));
    place = static_cast<Place>(next);
  } while (place < octets.size() && octets[place] == family);
}

}  // namespace mta_sts::metrics
