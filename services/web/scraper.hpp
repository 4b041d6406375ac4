// Reads the metrics of every role every ten seconds, with the certificate of `web`.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/base/time.hpp"
#include "host/net/http_client.hpp"
#include "services/web/addresses.hpp"
#include "services/web/history.hpp"
#include "services/web/series_store.hpp"
#include "services/web/usage_store.hpp"

namespace wasmbed::web {

/// One role's process, and what its last scrape gave.
struct Target {
    std::string role;      ///< "apiserver", "controller", "gateway", "emulator"
    std::string instance;  ///< "namespace/name" of a Gateway, else empty
    std::string url;
    bool up = false;
    std::string error;  ///< why not
    std::optional<WallClock::time_point> last_scrape;
};

class Scraper {
  public:
    struct Options {
        std::string apiserver_url;
        std::string controller_url;  ///< empty: not scraped
        net::ClientTls tls;          ///< CA of the roles, and web's certificate
        net::ClientTls apiserver_tls;
        std::string history_file;  ///< keeps the samples over a restart; empty: they are in memory only
    };

    Scraper(IoContext& io, const Addresses& addresses, Options options);

    /// Scrapes for ever: spawn it in a TaskGroup.
    Task<> run();

    const SeriesStore& store() const { return store_; }
    const UsageStore& usage() const { return usage_; }
    const std::map<std::string, Family>& families() const { return families_; }
    std::vector<Target> targets() const;

  private:
    void find_targets();
    Task<> scrape_all();
    Task<> scrape(Target& target);
    Task<> read_usage(net::HttpClient& gateway);

    IoContext& io_;
    const Addresses& addresses_;
    Options options_;
    SeriesStore store_;
    UsageStore usage_;
    History history_;
    std::map<std::string, Family> families_;
    std::map<std::string, Target> targets_;                            // by role and instance
    std::map<std::string, std::unique_ptr<net::HttpClient>> clients_;  // by URL
};

}  // namespace wasmbed::web
