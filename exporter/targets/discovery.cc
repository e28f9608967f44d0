#include "exporter/targets/discovery.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "exporter/base/guarded.h"
#include "exporter/settings/secrets.h"
#include "exporter/targets/domain_files.h"
#include "exporter/targets/domain_url.h"
#include "exporter/targets/folder_watch.h"

namespace mta_sts::targets {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kSettle{200};
/// What inotify does not tell of: network file systems, folders that did not exist.
constexpr std::chrono::seconds kLookAnyway{30};

}  // namespace

class Discovery::Core {
 public:
  Core(const Clock& clock, telemetry::Log& log, KeptLists kept)
      : clock_(clock),
        log_(log),
        kept_(std::move(kept)),
        work_(asio::make_work_guard(io_)),
        multi_(std::make_shared<net::CurlMulti>(io_.get_executor())),
        folders_(io_.get_executor(), [this] { look_soon(); }),
        settle_(io_),
        look_(io_) {}
  ~Core() { stop(); }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  Catalogue read(Sources sources) {
    take(std::move(sources));
    return catalogue();
  }
  void start(Listeners listeners);
  void apply(Sources sources);
  void stop();
  std::vector<SourceStatus> status() const {
    return status_.with([](const auto& status) { return status; });
  }

 private:
  /// A URL and the pause before it is asked again.
  struct Url {
    std::shared_ptr<DomainUrl> list;
    std::shared_ptr<asio::steady_timer> pause;
    friend bool operator==(const Url&, const Url&) = default;
  };

  void take(Sources sources);
  DomainFiles files_of(const std::string& glob) const;
  std::vector<Url> urls_of(const std::vector<settings::DomainUrl>& wanted);
  Url url_of(const settings::DomainUrl& setting, const std::string& name, const std::optional<Url>& known);
  void ask(const Url& url);
  void look_soon();
  void look_later();
  void look_at_files();
  bool refresh_files();
  void run();
  asio::awaitable<bool> ask_once(std::shared_ptr<DomainUrl> url);
  asio::awaitable<void> keep_asking(std::weak_ptr<DomainUrl> watched, std::shared_ptr<asio::steady_timer> pause);
  Catalogue catalogue() const;
  void tell();
  void note_status();

  const Clock& clock_;
  telemetry::Log& log_;
  KeptLists kept_;  // until start()
  Listeners listeners_;
  Sources sources_;
  std::vector<DomainFiles> files_;
  bool untold_ = false;  ///< the listener could not take all of the catalogue
  Guarded<std::vector<SourceStatus>> status_;
  asio::io_context io_{1};  // outlives what is built on it
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::shared_ptr<net::CurlMulti> multi_;
  std::vector<Url> urls_;
  FolderWatch folders_;
  asio::steady_timer settle_;
  bool settling_ = false;
  asio::steady_timer look_;
  std::thread thread_;
};

void Discovery::Core::start(Listeners listeners) {
  listeners_ = std::move(listeners);
  kept_.clear();
  if (!folders_.works() && !files_.empty())
    log_.warn("no instance of inotify is left: changed files are seen within half a minute, not at once");
  look_later();
  for (const Url& url : urls_) ask(url);
  thread_ = std::thread([this] { run(); });
}

void Discovery::Core::stop() {
  if (!thread_.joinable()) return;
  io_.stop();
  thread_.join();
  multi_->stop_all();
}

void Discovery::Core::apply(Sources sources) {
  asio::post(io_, [this, sources = std::move(sources)]() mutable {
    const std::vector<Url> before = urls_;
    take(std::move(sources));
    for (const Url& url : urls_) {
      if (std::find(before.begin(), before.end(), url) == before.end()) ask(url);
    }
    tell();
  });
}

/// A source that was there before keeps its list.
void Discovery::Core::take(Sources sources) {
  sources_ = std::move(sources);
  std::vector<DomainFiles> files;
  for (const std::string& glob : sources_.files) files.push_back(files_of(glob));
  files_ = std::move(files);
  urls_ = urls_of(sources_.urls);
  refresh_files();
}

DomainFiles Discovery::Core::files_of(const std::string& glob) const {
  const auto known =
      std::find_if(files_.begin(), files_.end(), [&](const auto& files) { return files.glob() == glob; });
  DomainFiles files = known == files_.end() ? DomainFiles(glob, sources_.max_labels) : *known;
  files.set_max_labels(sources_.max_labels);
  return files;
}

/// A URL that is new as a whole takes over the list of one that went and differs in a secret only: where a token is
/// changed before the server knows it, its domains stay.
std::vector<Discovery::Core::Url> Discovery::Core::urls_of(const std::vector<settings::DomainUrl>& wanted) {
  std::vector<Url> left = urls_;
  const auto take_first = [&left](const auto& fits) -> std::optional<Url> {
    const auto found = std::find_if(left.begin(), left.end(), [&](const Url& url) { return fits(*url.list); });
    if (found == left.end()) return std::nullopt;
    const Url taken = *found;
    left.erase(found);
    return taken;
  };
  // Those that are the same first: none of them lends its list.
  std::vector<std::optional<Url>> known;
  for (const settings::DomainUrl& setting : wanted)
    known.push_back(take_first([&](const DomainUrl& list) { return list.url() == setting.url; }));
  std::vector<Url> urls;
  std::map<std::string, int> names;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string shown = settings::without_secrets(wanted[i].url);
    if (!known[i])
      known[i] = take_first([&](const DomainUrl& list) { return settings::without_secrets(list.url()) == shown; });
    // Of URLs that differ in a secret only.
    const int number = ++names[shown];
    const std::string name = number > 1 ? shown + " (" + std::to_string(number) + ")" : shown;
    urls.push_back(url_of(wanted[i], name, known[i]));
  }
  return urls;
}

Discovery::Core::Url Discovery::Core::url_of(const settings::DomainUrl& setting, const std::string& name,
                                             const std::optional<Url>& known) {
  const DomainUrl::Rules rules{setting.refresh_interval, sources_.max_labels, sources_.ca_file};
  if (known && known->list->url() == setting.url && known->list->name() == name) {
    if (known->list->set_rules(rules)) known->pause->cancel();
    return *known;
  }
  const Url url{std::make_shared<DomainUrl>(setting.url, name, rules), std::make_shared<asio::steady_timer>(io_)};
  if (known) {
    url.list->take_over(*known->list);
    return url;
  }
  const auto kept = kept_.find(name);
  if (kept == kept_.end()) return url;
  if (const auto restored = url.list->restore(kept->second); !restored)
    log_.warn("a list of domains that was kept cannot be read", {{"error", restored.error().message}});
  return url;
}

/// Facts about the world end nothing here by an exception: this is a bug of ours, and the others go on.
void Discovery::Core::run() {
  while (true) {
    try {
      io_.run();
      return;
    } catch (const std::exception& error) {
      log_.error("internal error: discovery met an exception", {{"error", error.what()}});
    }
  }
}

void Discovery::Core::ask(const Url& url) {
  asio::co_spawn(io_, keep_asking(url.list, url.pause), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

/// Several files that are replaced together are read together; a folder where something always happens puts nothing
/// off.
void Discovery::Core::look_soon() {
  if (std::exchange(settling_, true)) return;
  settle_.expires_after(kSettle);
  settle_.async_wait([this](boost::system::error_code error) {
    settling_ = false;
    if (!error) look_at_files();
  });
}

void Discovery::Core::look_later() {
  look_.expires_after(kLookAnyway);
  look_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    look_at_files();
    look_later();
  });
}

void Discovery::Core::look_at_files() {
  if (refresh_files() || untold_) tell();
}

bool Discovery::Core::refresh_files() {
  bool changed = false;
  std::vector<std::string> folders;
  for (DomainFiles& files : files_) {
    const auto refreshed = files.refresh(clock_.wall_now());
    changed |= refreshed.changed;
    for (const std::string& error : refreshed.errors)
      log_.error("a list of domains is bad; what it had before stays", {{"error", error}});
    for (std::string& folder : files.folders()) folders.push_back(std::move(folder));
  }
  folders_.watch(folders);
  note_status();
  return changed;
}

/// Until a reload drops the URL, which this does not keep while it waits.
asio::awaitable<void> Discovery::Core::keep_asking(std::weak_ptr<DomainUrl> watched,
                                                   std::shared_ptr<asio::steady_timer> pause) {
  while (co_await ask_once(watched.lock())) {
    const auto url = watched.lock();
    if (!url) co_return;
    pause->expires_after(url->refresh_interval());
    boost::system::error_code woken;
    co_await pause->async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

asio::awaitable<bool> Discovery::Core::ask_once(std::shared_ptr<DomainUrl> url) {
  if (!url) co_return false;
  auto fetched = co_await url->fetch(multi_, clock_);
  if (fetched.error) log_.error("a list of domains cannot be had; the last one stays", {{"error", *fetched.error}});
  const bool is_watched =
      std::any_of(urls_.begin(), urls_.end(), [&](const Url& watched) { return watched.list == url; });
  if (fetched.text && is_watched) {
    listeners_.keep(url->name(), *std::move(fetched.text));
    tell();
  }
  note_status();  // now its domains are with who listens
  co_return true;
}

Catalogue Discovery::Core::catalogue() const {
  std::vector<DomainList> lists{{"domains", sources_.domains}};
  for (const DomainFiles& files : files_) {
    for (DomainList& list : files.lists()) lists.push_back(std::move(list));
  }
  for (const Url& url : urls_) lists.push_back(url.list->list());
  return merge(std::move(lists));
}

void Discovery::Core::tell() { untold_ = listeners_.changed(catalogue()) == Taken::InPart; }

void Discovery::Core::note_status() {
  std::vector<SourceStatus> status;
  for (const DomainFiles& files : files_) status.push_back(files.status());
  for (const Url& url : urls_) status.push_back(url.list->status());
  status_.with([&](auto& shown) { shown = std::move(status); });
}

Discovery::Discovery(const Clock& clock, telemetry::Log& log, KeptLists kept)
    : core_(std::make_unique<Core>(clock, log, std::move(kept))) {}

Discovery::~Discovery() = default;

Catalogue Discovery::read(Sources sources) { return core_->read(std::move(sources)); }

void Discovery::start(Listeners listeners) { core_->start(std::move(listeners)); }

void Discovery::apply(Sources sources) { core_->apply(std::move(sources)); }

void Discovery::stop() { core_->stop(); }

std::vector<SourceStatus> Discovery::status() const { return core_->status(); }

}  // namespace mta_sts::targets
