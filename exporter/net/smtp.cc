#include "exporter/net/smtp.h"

#include <new>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <openssl/ssl.h>
#include <tl/expected.hpp>

#include "exporter/base/printable.h"
#include "exporter/net/smtp_channel.h"
#include "exporter/net/smtp_reply.h"
#include "exporter/net/smtp_transcript.h"
#include "exporter/net/tls_engine.h"
#include "exporter/net/tls_observer.h"

namespace mta_sts::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxDetail = 200;  // octets of a reply in a fault's detail

/// What a sender would have to keep in mind after the dialogue came to its end.
enum class Parting {
  Quit,    ///< the peer still talks: RFC 5321 §4.1.1.10, QUIT is due
  HangUp,  ///< it is gone, silent, or in a state without a defined language
};

/// Why the dialogue went no further.
struct Stop {
  Fault fault;
  Parting parting;
};

/// Why there is no reply.
struct Unheard {
  enum class Why { TimedOut, Closed, Malformed };
  Why why;
  std::string detail;
};

/// `reason`, and the reply in words.
Fault refused(Reason reason, std::string_view what, const SmtpReply& reply) {
  return {reason, std::string(what) + " answered with " + printable(reply.lines.back(), kMaxDetail)};
}

/// The dialogue with one server, from the SYN to QUIT.
class Dialogue {
 public:
  Dialogue(asio::any_io_executor executor, SSL_CTX* context, std::string helo_name, SmtpRequest request)
      : context_(context),
        helo_name_(std::move(helo_name)),
        request_(std::move(request)),
        channel_(SmtpChannel::make(std::move(executor))) {}

  /// Up to the first fault, or to the reply to the second EHLO.
  asio::awaitable<std::optional<Stop>> converse(Deadline deadline);
  asio::awaitable<void> part(Parting parting);
  /// What was found, with the certificates judged.
  SmtpResult found(const Trust& trust, WallTime now) const;

 private:
  using Step = asio::awaitable<std::optional<Stop>>;
  Step connect();
  Step greeting();
  Step ehlo(Deadline deadline);
  Step linger(Fault refusal, Deadline deadline);
  Step starttls();
  Step handshake();
  Step ehlo_inside_tls();
  asio::awaitable<tl::expected<SmtpReply, Unheard>> hear();
  asio::awaitable<tl::expected<SmtpReply, Unheard>> ask(std::string command);

  SSL_CTX* context_;
  std::string helo_name_;
  SmtpRequest request_;
  TlsObserver observer_;  ///< outlives the connection that channel_ holds
  std::shared_ptr<SmtpChannel> channel_;
  SmtpReplyReader reader_;
  SmtpTranscript transcript_;
  SmtpResult result_;
};

/// The stop that a missing reply makes while `what` was waited for.
Stop stopped(const Unheard& unheard, std::string_view what, Reason when_closed) {
  const auto detail = "waiting for " + std::string(what) + ": " + unheard.detail;
  switch (unheard.why) {
    case Unheard::Why::TimedOut:
      return {{Reason::SmtpTimeout, detail}, Parting::HangUp};
    case Unheard::Why::Closed:
      return {{when_closed, detail}, Parting::HangUp};
    case Unheard::Why::Malformed:
      break;
  }
  return {{Reason::SmtpProtocol, detail}, Parting::Quit};
}

asio::awaitable<std::optional<Stop>> Dialogue::converse(Deadline deadline) {
  channel_->limit(deadline.at());
  auto stop = co_await connect();
  if (!stop) stop = co_await greeting();
  if (!stop) stop = co_await ehlo(deadline);
  if (!stop) stop = co_await starttls();
  if (!stop) stop = co_await handshake();
  if (!stop) stop = co_await ehlo_inside_tls();
  if (stop) {
    transcript_.note(stop->fault.detail);
    result_.fault = stop->fault;
    result_.busy |= stop->fault.reason == Reason::SmtpBusy;
  }
  co_return stop;
}

Dialogue::Step Dialogue::connect() {
  auto fault = co_await channel_->connect({request_.address, request_.port});
  if (fault) co_return Stop{std::move(*fault), Parting::HangUp};
  co_return std::nullopt;
}

Dialogue::Step Dialogue::greeting() {
  // RFC 5321 §4.3.1: the client waits for the greeting, the whole of it, before it sends anything.
  const auto reply = co_await hear();
  if (!reply) co_return stopped(reply.error(), "the greeting", Reason::SmtpClosed);
  result_.greeted = reply->code == 220;
  if (result_.greeted) co_return std::nullopt;
  const auto reason = reply->permanent()   ? Reason::SmtpRejected
                      : reply->transient() ? Reason::SmtpBusy
                                           : Reason::SmtpProtocol;
  co_return Stop{refused(reason, "the connection is", *reply), Parting::Quit};
}

Dialogue::Step Dialogue::ehlo(Deadline deadline) {
  const auto reply = co_await ask("EHLO " + helo_name_);
  if (!reply) co_return stopped(reply.error(), "the reply to EHLO", Reason::SmtpProtocol);
  // No HELO after a refusal: STARTTLS is an extension (RFC 3207 §4), which EHLO alone lists.
  if (reply->permanent()) {
    co_return co_await linger(refused(Reason::StarttlsMissing, "EHLO is", *reply), deadline);
  }
  if (!reply->positive()) {
    const auto reason = reply->transient() ? Reason::SmtpBusy : Reason::SmtpProtocol;
    co_return Stop{refused(reason, "EHLO is", *reply), Parting::Quit};
  }
  if (offers(*reply, "STARTTLS")) co_return std::nullopt;
  co_return Stop{{Reason::StarttlsMissing, "STARTTLS is not in the reply to EHLO"}, Parting::Quit};
}

/// A 5xx to EHLO with the connection closed is no word about STARTTLS: a sender that falls back to HELO meets the end
/// of the connection.
Dialogue::Step Dialogue::linger(Fault refusal, Deadline deadline) {
  channel_->limit(deadline.within(kRefusalGrace).at());
  for (;;) {
    const auto octets = co_await channel_->receive();
    if (octets) continue;
    if (octets.error().how == Broken::How::TimedOut) co_return Stop{std::move(refusal), Parting::Quit};
    co_return Stop{{Reason::SmtpProtocol, refusal.detail + ", then " + octets.error().detail}, Parting::HangUp};
  }
}

Dialogue::Step Dialogue::starttls() {
  const auto reply = co_await ask("STARTTLS");
  if (!reply) co_return stopped(reply.error(), "the reply to STARTTLS", Reason::SmtpProtocol);
  if (reply->code != 220) co_return Stop{refused(Reason::StarttlsRefused, "STARTTLS is", *reply), Parting::Quit};
  result_.starttls = true;
  // RFC 3207 §4.2: nothing learnt before TLS counts after it. A TLS server never speaks first, so whatever is here
  // before our ClientHello is plaintext that a careless client would take for the protected dialogue (CVE-2011-0411).
  if (!reader_.rest().empty() || channel_->has_unread()) {
    co_return Stop{{Reason::StarttlsInjection,
                    "plaintext follows the reply to STARTTLS: " + printable(reader_.rest(), kMaxDetail)},
                   Parting::HangUp};
  }
  co_return std::nullopt;
}

Dialogue::Step Dialogue::handshake() {
  auto engine = std::make_unique<TlsEngine>(context_, request_.mx);
  observer_.attach(engine->connection());
  const auto broken = co_await channel_->start_tls(std::move(engine));
  if (!broken) {
    transcript_.note("TLS handshake done");
    co_return std::nullopt;
  }
  // No QUIT: neither side knows any longer which language the other one speaks.
  if (broken->how == Broken::How::TimedOut) {
    co_return Stop{{Reason::TlsTimeout, "TLS handshake: " + broken->detail}, Parting::HangUp};
  }
  co_return Stop{observer_.handshake_fault(broken->detail), Parting::HangUp};
}

Dialogue::Step Dialogue::ehlo_inside_tls() {
  // RFC 3207 §4.2: the client starts anew with EHLO.
  const auto reply = co_await ask("EHLO " + helo_name_);
  if (!reply) co_return stopped(reply.error(), "the reply to EHLO inside TLS", Reason::SmtpProtocol);
  // Any other refusal is no fault of TLS, and a sender goes on with HELO.
  if (reply->code != 421) co_return std::nullopt;
  co_return Stop{refused(Reason::SmtpBusy, "EHLO inside TLS is", *reply), Parting::Quit};
}

asio::awaitable<tl::expected<SmtpReply, Unheard>> Dialogue::hear() {
  for (;;) {
    auto next = reader_.next();
    if (!next) {
      transcript_.reply(reader_.unfinished());
      co_return tl::unexpected(Unheard{Unheard::Why::Malformed, next.error().detail});
    }
    if (*next) {
      transcript_.reply((*next)->lines);
      // RFC 5321 §3.8, §4.2.3: 421 may answer any command; 450 is what greylisting says.
      result_.busy |= (*next)->code == 421 || (*next)->code == 450;
      co_return std::move(**next);
    }
    const auto octets = co_await channel_->receive();
    if (!octets) {
      transcript_.reply(reader_.unfinished());
      const auto timed_out = octets.error().how == Broken::How::TimedOut;
      co_return tl::unexpected(
          Unheard{timed_out ? Unheard::Why::TimedOut : Unheard::Why::Closed, octets.error().detail});
    }
    reader_.feed(*octets);
  }
}

asio::awaitable<tl::expected<SmtpReply, Unheard>> Dialogue::ask(std::string command) {
  transcript_.command(command);
  // How the send ended is told by the reply: the peer's last words may be here although it takes none any more.
  co_await channel_->send(std::move(command) + "\r\n");
  co_return co_await hear();
}

asio::awaitable<void> Dialogue::part(Parting parting) {
  channel_->limit(Deadline::after(kQuitGrace).at());
  if (parting == Parting::Quit) {
    reader_ = SmtpReplyReader();
    co_await ask("QUIT");
  }
  co_await channel_->close();
}

SmtpResult Dialogue::found(const Trust& trust, WallTime now) const {
  auto result = result_;
  if (result.starttls) result.tls = observer_.facts(trust, request_.mx, now);
  result.transcript = transcript_.lines();
  return result;
}

class AsioSmtpProber final : public SmtpProber {
 public:
  AsioSmtpProber(asio::any_io_executor executor, std::string helo_name, const TrustSlot& trust, const Clock& clock)
      : executor_(std::move(executor)),
        helo_name_(std::move(helo_name)),
        trust_(trust),
        clock_(clock),
        context_(SSL_CTX_new(TLS_client_method())) {
    if (!context_) throw std::bad_alloc();
    TlsObserver::prepare(context_.get());
  }

  asio::awaitable<SmtpResult> probe(SmtpRequest request, Deadline deadline) override {
    const auto begun = clock_.mono_now();
    Dialogue dialogue(executor_, context_.get(), helo_name_, std::move(request));
    const auto stop = co_await dialogue.converse(deadline);
    const auto duration = clock_.mono_now() - begun;
    co_await dialogue.part(stop ? stop->parting : Parting::Quit);
    auto result = dialogue.found(*trust_.get(), clock_.wall_now());
    result.duration = duration;
    co_return result;
  }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  asio::any_io_executor executor_;
  std::string helo_name_;
  const TrustSlot& trust_;
  const Clock& clock_;
  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace

std::unique_ptr<SmtpProber> make_smtp_prober(asio::any_io_executor executor, std::string helo_name,
                                             const TrustSlot& trust, const Clock& clock) {
  return std::make_unique<AsioSmtpProber>(std::move(executor), std::move(helo_name), trust, clock);
}

}  // namespace mta_sts::net
