// The subjects and names of docs/reference/objects.md, "Certificates".
#include "host/pki/certificate.hpp"

namespace wasmbed::pki {
namespace {

Profile loopback_server_and_client(std::string common_name, std::string organization) {
    Profile profile;
    profile.common_name = std::move(common_name);
    profile.organization = std::move(organization);
    profile.dns_names = {"localhost"};
    profile.ip_addresses = {"127.0.0.1"};
    profile.server_auth = true;
    profile.client_auth = true;
    return profile;
}

}  // namespace

Profile device_profile(std::string_view uid) {
    Profile profile;
    profile.common_name = uid;
    profile.uris = {"wasmbed:device:" + std::string(uid)};
    profile.client_auth = true;
    return profile;
}

Profile gateway_profile(std::string_view roles_namespace, std::string_view name) {
    Profile profile = loopback_server_and_client("system:wasmbed:gateway:" + std::string(name), "wasmbed:gateways");
    profile.uris = {"wasmbed:gateway:" + std::string(roles_namespace) + "/" + std::string(name)};
    return profile;
}

Profile role_profile(std::string_view role) {
    return loopback_server_and_client("system:wasmbed:" + std::string(role), "wasmbed:" + std::string(role) + "s");
}

Profile apiserver_profile() {
    Profile profile = loopback_server_and_client("apiserver", "");
    profile.client_auth = false;
    return profile;
}

Profile user_profile(std::string_view name, std::string_view group) {
    Profile profile;
    profile.common_name = name;
    profile.organization = group;
    profile.client_auth = true;
    return profile;
}

}  // namespace wasmbed::pki
