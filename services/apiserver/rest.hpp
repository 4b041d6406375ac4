// The REST surface: a request in, the right verb on the right objects, an answer out.
#pragma once

#include <array>
#include <memory>

#include "services/apiserver/access.hpp"
#include "services/apiserver/audit_log.hpp"
#include "services/apiserver/pages.hpp"
#include "services/apiserver/request_parts.hpp"

namespace wasmbed::apiserver {

class RestApi {
  public:
    RestApi(ObjectStore& store, ObjectWriter& writer, const Authenticator& authenticator, AuditLog& audit)
        : store_(store), writer_(writer), authenticator_(authenticator), audit_(audit) {}

    /// Answers any request; never throws for what a client sends.
    Task<net::Response> handle(net::Request request);

  private:
    Task<Outcome<net::Response>> answer(const net::Request& request);
    Task<Outcome<net::Response>> resource(const net::Request& request, const User& user, Target target);
    Task<Outcome<net::Response>> perform(const net::Request& request, const User& user, const Attributes& wanted,
                                         Target target);
    Outcome<net::Response> metrics(const User& user) const;
    std::optional<Failure> creation_denied(const net::Request& request, const User& user, const Attributes& wanted,
                                           const Target& target) const;
    Outcome<net::Response> get(const net::Request& request, const Target& target);
    Outcome<net::Response> list(const net::Request& request, const Target& target);
    Outcome<net::Response> watch(const net::Request& request, const Target& target, const Attributes& attributes);
    Task<Outcome<Written>> write(const net::Request& request, Target target);
    Task<Outcome<Written>> patch(const net::Request& request, Target target, WriteOptions options);
    Task<Outcome<net::Response>> remove_collection(const net::Request& request, Target target);

    ObjectStore& store_;
    ObjectWriter& writer_;
    const Authenticator& authenticator_;
    AuditLog& audit_;
    Pages pages_;
    std::array<std::uint64_t, 4> answered_{};  // 2xx, 3xx, 4xx, 5xx
};

}  // namespace wasmbed::apiserver
