#pragma once

#include <memory>

#include "exporter/web/http.h"

namespace mta_sts::web {

/// A body that is made while it is sent, no faster than its client takes it. One thread.
class Pieces {
 public:
  virtual ~Pieces() = default;
  /// Made now, in a turn of about a millisecond. Null: the end. Empty: nothing yet, and others have their turn first.
  virtual Body next() = 0;
};

/// A text that is too long to be made in one turn. It lives for as long as one of its bodies is sent.
class LongText {
 public:
  virtual ~LongText() = default;
  virtual std::unique_ptr<Pieces> plain() const = 0;
  virtual std::unique_ptr<Pieces> gzipped() const = 0;
};

/// The body as one piece.
std::unique_ptr<Pieces> whole(Body body);
/// The body cut in pieces, as something that compresses them wants it.
std::unique_ptr<Pieces> cut(Body body);
/// One gzip member of all pieces.
std::unique_ptr<Pieces> gzipped(std::unique_ptr<Pieces> plain);

}  // namespace mta_sts::web
