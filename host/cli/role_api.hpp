// The HTTPS APIs of gateways and emulator, as a client command uses them.
#pragma once

#include <memory>
#include <string>

#include "host/cli/context.hpp"
#include "host/net/http_client.hpp"

namespace wasmbed::cli {

/// Where a role's API is, and how to get at it with the user's own credentials.
class RoleApi {
  public:
    RoleApi(Context& context, std::string base_url);

    /// One request; the error is a line for people, with the Status message of a refusal.
    Task<Result<json::value, std::string>> call(std::string method, std::string path, json::value body = nullptr);
    Task<Result<void, std::string>> post_bytes(std::string path, std::string bytes);
    /// A response that is read as it comes. Refusals as above.
    Task<Result<std::unique_ptr<net::ResponseStream>, std::string>> stream(std::string path);

  private:
    net::HttpClient http_;
};

/// The API of the emulator that runs `device`, from Device.status.emulation; the error says why there is none.
Task<Result<std::string, std::string>> emulator_url(Context& context, std::string device);

/// The API of the gateway that has the session of `device` (empty: of any gateway), from Gateway.status.api.
Task<Result<std::string, std::string>> gateway_url(Context& context, std::string device);

/// "/v1/namespaces/NS/devices/D/LEAF"
std::string device_path(const Context& context, const std::string& device, const std::string& leaf);

}  // namespace wasmbed::cli
