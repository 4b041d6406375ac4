// The web role: the dashboard's bundle, sessions, and the way from the browser to the other roles.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "host/base/role.hpp"

namespace wasmbed::web {

struct WebOptions {
    std::string kubeconfig;                   ///< path; empty: the Pod's ServiceAccount
    std::string roles_namespace = "wasmbed";  ///< where people begin
    std::string address = "127.0.0.1:30470";  ///< numeric; port 0 picks one. Plain HTTP, so loopback, unless ...
    std::string certificate_file;             ///< ... these two are given: then HTTPS
    std::string key_file;
    std::vector<std::string> hosts;  ///< further names (NAME:PORT) that browsers may call this server by
    std::string service_ca_file;     ///< who vouches for the roles' APIs; empty: the kubeconfig's CA
    std::string files_dir;           ///< the dashboard's bundle
    std::string apps_dir;            ///< modules (and their descriptions) that are offered as templates
    std::string emulator_url;        ///< of its API, for what belongs to no Device; empty: by the Devices' status
    std::string controller_url;      ///< of its metrics; empty: not scraped
    std::string logs_dir;            ///< folder with the roles' ROLE.log; empty: their logs are not shown
    std::string audit_file;          ///< one line for each call of the terminal; empty: none
    std::string history_file;        ///< keeps six hours of figures over a restart; empty: in memory only
    std::string version;             ///< of this program
};

/// The role within a process, for tests; `run_web` is the role itself.
class Web {
  public:
    /// Listens when it returns. The error says what is wrong with which option.
    static Task<Result<std::unique_ptr<Web>, std::string>> start(IoContext& io, WebOptions options);
    ~Web();

    std::uint16_t port() const;
    Task<> stop();

  private:
    struct State;
    explicit Web(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Runs until SIGTERM or SIGINT; the exit status is 0 after an orderly stop, 1 with one line in the log that says what
/// is wrong.
int run_web(const WebOptions& options);

}  // namespace wasmbed::web
