#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mta_sts::metrics {

/// The sample lines of one object, rendered when its state changes. What each of them begins with, the name of its
/// family and the labels that every series of the object has, is held once: of a line there is the rest, and a scrape
/// only puts the two together. Families stand in the order of the object's table and are read in that order.
class ObjectLines {
 public:
  /// Nothing.
  ObjectLines() = default;

  static constexpr std::size_t kMaxFamilies = 255;    ///< of a table
  static constexpr std::size_t kMaxOctets = 1 << 24;  ///< of all lines; MX hosts and labels are limited

  class Writer;

  /// Where a reader is: of most families it tells without the object that there are no lines.
  class Place {
   public:
    bool may_have(std::size_t family) const { return next_ <= family; }

   private:
    friend class ObjectLines;
    std::uint32_t at_ : 24 = 0;   // 0: nothing was read yet
    std::uint32_t next_ : 8 = 0;  // the family of the line there, kNone behind the last
  };
  /// Appends the lines of a family, whose name is `name`, after `header` if there are any, and goes behind them. False:
  /// there are none.
  bool append(std::string& text, std::string_view header, std::size_t family, std::string_view name,
              Place& place) const;
  /// What append() will read, to be fetched ahead.
  const char* labels_address() const { return octets_.get(); }
  const char* address(Place place) const { return octets_.get() + place.at_; }

 private:
  static constexpr std::uint32_t kNone = kMaxFamilies;
  ObjectLines(std::string_view octets, std::size_t labels);
  void go_to(std::size_t octet, Place& place) const;

  // Small, so that in an entry they never lie across the border of a cache line.
  std::unique_ptr<char[]> octets_;  // `{labels`, then of each line: an octet that is its family's index, the rest, LF
  std::uint32_t size_ = 0;
  std::uint32_t labels_ = 0;  // where the first line begins
};

class ObjectLines::Writer {
 public:
  /// `labels`: `a="1",b="2"`, of every series of the object; at least one.
  explicit Writer(std::string_view labels);

  /// Begins a line of a family, which is not before that of the last line. The caller appends what follows the labels,
  /// up to the line's LF.
  std::string& begin_line(std::size_t family);
  ObjectLines lines() const { return {octets_, labels_}; }

 private:
  std::string octets_;
  std::size_t labels_;
};

}  // namespace mta_sts::metrics
