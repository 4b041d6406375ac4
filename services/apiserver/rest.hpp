// The REST surface: a request in, the right verb on the right objects, an answer out.
#pragma once

#include <memory>

#include "host/net/http_server.hpp"
#include "services/apiserver/access.hpp"
#include "services/apiserver/object_writer.hpp"
#include "services/apiserver/pages.hpp"

namespace wasmbed::apiserver {

struct ReviewKind;

/// What a path names.
struct Target {
    const Kind* kind = nullptr;
    const ReviewKind* review = nullptr;
    ObjectKey key;  ///< name empty: the collection; ns empty: all namespaces
    std::string subresource;
};

class RestApi {
  public:
    RestApi(ObjectStore& store, ObjectWriter& writer, const Authenticator& authenticator)
        : store_(store), writer_(writer), authenticator_(authenticator) {}

    /// Answers any request; never throws for what a client sends.
    Task<net::Response> handle(net::Request request);

  private:
    Task<Outcome<net::Response>> answer(const net::Request& request);
    Task<Outcome<net::Response>> resource(const net::Request& request, const User& user, Target target);
    Outcome<net::Response> get(const net::Request& request, const Target& target);
    Outcome<net::Response> list(const net::Request& request, const Target& target);
    Outcome<net::Response> watch(const net::Request& request, const Target& target);
    Task<Outcome<Written>> write(const net::Request& request, Target target);
    Task<Outcome<net::Response>> remove_collection(const net::Request& request, Target target);

    ObjectStore& store_;
    ObjectWriter& writer_;
    const Authenticator& authenticator_;
    Pages pages_;
};

}  // namespace wasmbed::apiserver
