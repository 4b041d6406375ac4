#include "services/apiserver/access.hpp"

#include <gtest/gtest.h>

namespace wasmbed::apiserver {
namespace {

constexpr char kGroup[] = "wasmbed.io";
constexpr char kLeases[] = "coordination.k8s.io";

struct Right {
    const char* group;  ///< of the user
    Attributes wanted;
};

bool may(const Right& right) {
    return allowed({"somebody", {right.group, "system:authenticated"}}, right.wanted);
}

std::string text_of(const Right& right) {
    const auto& wanted = right.wanted;
    return std::string(right.group) + " " + wanted.verb + " " + wanted.resource + "/" + wanted.subresource;
}

/// What each needs; tests/kubectl/cluster_test.py asks the same of the ServiceAccounts on a real cluster.
TEST(Access, roles_and_people_have_the_rights_they_need) {
    for (const Right& right : std::vector<Right>{
             {"wasmbed:controllers", {"update", kGroup, "devices", "status"}},
             {"wasmbed:controllers", {"create", kGroup, "applicationrevisions"}},
             {"wasmbed:controllers", {"create", "", "secrets"}},
             {"wasmbed:controllers", {"update", kLeases, "leases"}},
             {"wasmbed:gateways", {"update", kGroup, "gateways", "status"}},
             {"wasmbed:gateways", {"create", kGroup, "devices"}},
             {"wasmbed:gateways", {"update", kLeases, "leases"}},
             {"wasmbed:gateways", {"create", "authentication.k8s.io", "tokenreviews"}},
             {"wasmbed:emulators", {"get", "", "secrets"}},
             {"wasmbed:emulators", {"patch", kGroup, "devices", "status"}},
             {"wasmbed:webs", {"list", kGroup, "devices"}},
             {"wasmbed:viewers", {"watch", kGroup, "applications"}},
             {"wasmbed:viewers", {"get", kGroup, "devices", "logs"}},
             {"wasmbed:editors", {"create", kGroup, "applications"}},
             {"wasmbed:editors", {"create", kGroup, "devices", "console"}},
             {"wasmbed:admins", {"create", "access.wasmbed.io", "usertokens"}},
         }) {
        EXPECT_TRUE(may(right)) << text_of(right);
    }
}

TEST(Access, roles_and_people_have_no_more_rights) {
    for (const Right& right : std::vector<Right>{
             {"wasmbed:controllers", {"delete", kGroup, "devices"}},
             {"wasmbed:controllers", {"create", kGroup, "devices"}},
             {"wasmbed:controllers", {"create", "access.wasmbed.io", "usertokens"}},
             {"wasmbed:gateways", {"create", "", "secrets"}},
             {"wasmbed:gateways", {"list", "", "secrets"}},
             {"wasmbed:gateways", {"update", kGroup, "applications"}},
             {"wasmbed:gateways", {"delete", kGroup, "devices"}},
             {"wasmbed:emulators", {"update", "", "secrets"}},
             {"wasmbed:emulators", {"list", kGroup, "applications"}},
             {"wasmbed:webs", {"get", "", "secrets"}},
             {"wasmbed:webs", {"update", kGroup, "devices"}},
             {"wasmbed:viewers", {"create", kGroup, "applications"}},
             {"wasmbed:viewers", {"create", kGroup, "devices", "console"}},
             {"wasmbed:viewers", {"get", "", "secrets"}},
             {"wasmbed:editors", {"get", "", "secrets"}},
             {"wasmbed:editors", {"update", kGroup, "devices", "status"}},
             {"wasmbed:editors", {"list", "access.wasmbed.io", "usertokens"}},
             {"wasmbed:nobodies", {"list", kGroup, "devices"}},
         }) {
        EXPECT_FALSE(may(right)) << text_of(right);
    }
}

}  // namespace
}  // namespace wasmbed::apiserver
