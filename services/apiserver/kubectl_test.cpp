// Unmodified kubectl 1.20 and 1.32 against this server. `./dev setup` unpacks them; without them these tests say so and
// are skipped.
#include <fstream>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "services/apiserver/testing/test_apiserver.hpp"

namespace wasmbed::apiserver {
namespace {

constexpr char kDevice[] = R"(apiVersion: wasmbed.io/v1alpha1
kind: Device
metadata:
  name: dev-1
  labels: {site: lab}
spec:
  board: mps2-an385
)";

/// The parameter is the program.
struct KubectlTest : testing::TestWithParam<const char*> {
    TestApiserver server;
    int status = 0;

    void SetUp() override {
        if (::access(GetParam(), X_OK) != 0) GTEST_SKIP() << "no " << GetParam() << ": run ./dev setup";
    }

    /// A file in the server's directory.
    std::string file(const std::string& name, const std::string& text) {
        auto path = server.directory() + "/" + name;
        std::ofstream(path) << text;
        return path;
    }

    /// Runs kubectl, which has 30 seconds; both outputs, and `status`.
    std::string kubectl(const std::string& arguments) {
        std::string command = "HOME=" + server.directory() + " KUBECONFIG=" + server.kubeconfig_path() +
                              " timeout 30 " + GetParam() + " " + arguments + " 2>&1";
        FILE* pipe = ::popen(command.c_str(), "r");
        std::string output;
        char buffer[4096];
        while (pipe && ::fgets(buffer, sizeof buffer, pipe)) output += buffer;
        int result = pipe ? ::pclose(pipe) : -1;
        status = WIFEXITED(result) ? WEXITSTATUS(result) : -1;
        return output;
    }

    /// `kubectl`, which must succeed.
    std::string ok(const std::string& arguments) {
        auto output = kubectl(arguments);
        EXPECT_EQ(status, 0) << "kubectl " << arguments << "\n" << output;
        return output;
    }

    /// `kubectl`, which must fail.
    std::string bad(const std::string& arguments) {
        auto output = kubectl(arguments);
        EXPECT_NE(status, 0) << "kubectl " << arguments << "\n" << output;
        return output;
    }
};

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_P(KubectlTest, finds_out_what_there_is) {
    EXPECT_HAS(ok("version"), "Server Version");
    auto resources = ok("api-resources");
    EXPECT_HAS(resources, "devices");
    EXPECT_HAS(resources, "secrets");
    EXPECT_HAS(ok("api-versions"), "wasmbed.io/v1alpha1");
    EXPECT_EQ(ok("get --raw /readyz"), "ok");
}

TEST_P(KubectlTest, says_where_the_server_is) {
    EXPECT_HAS(ok("cluster-info"), "is running at");
    EXPECT_HAS(ok("get services -A"), "No resources found");
    EXPECT_HAS(bad("create service clusterip web --tcp=80"), "the server does not allow this method");
}

TEST_P(KubectlTest, applies_gets_describes_and_deletes) {
    auto path = file("device.yaml", kDevice);
    EXPECT_HAS(ok("apply -f " + path), "device.wasmbed.io/dev-1 created");
    EXPECT_HAS(ok("apply -f " + path), "unchanged");
    auto changed = file("changed.yaml", std::string(kDevice) + "  suspended: true\n");
    EXPECT_HAS(ok("apply -f " + changed), "configured");
    EXPECT_EQ(ok("diff -f " + changed), "");
    EXPECT_HAS(bad("diff -f " + path), "-  suspended: true");
    auto table = ok("get dev");
    EXPECT_HAS(table, "NAME ");
    EXPECT_HAS(table, "BOARD");
    EXPECT_HAS(table, "mps2-an385");
    EXPECT_HAS(ok("get dev -o wide"), "PHASE");
    EXPECT_HAS(ok("get devices.wasmbed.io -A --show-labels"), "site=lab");
    EXPECT_HAS(ok("get dev dev-1 -o yaml"), "suspended: true");
    EXPECT_EQ(ok("get dev -l site=lab -o name"), "device.wasmbed.io/dev-1\n");
    EXPECT_HAS(ok("get dev -l site=roof"), "No resources found");
    EXPECT_EQ(ok("get dev dev-1 -o jsonpath={.spec.board}"), "mps2-an385");
    EXPECT_HAS(ok("describe dev dev-1"), "Board:");
    EXPECT_HAS(ok("get wasmbed"), "dev-1");
    EXPECT_HAS(ok("delete dev dev-1"), "device.wasmbed.io \"dev-1\" deleted");
    EXPECT_HAS(bad("get dev dev-1"), "devices.wasmbed.io \"dev-1\" not found");
}

TEST_P(KubectlTest, patches_labels_and_replaces) {
    auto path = file("device.yaml", kDevice);
    ok("create -f " + path);
    EXPECT_HAS(bad("create -f " + path), "already exists");
    EXPECT_HAS(ok("label dev dev-1 floor=2"), "labeled");
    EXPECT_HAS(ok("annotate dev dev-1 note=x"), "annotated");
    EXPECT_HAS(ok("patch dev dev-1 --type=merge -p '{\"spec\":{\"suspended\":true}}'"), "patched");
    EXPECT_HAS(ok("patch dev dev-1 --type=json -p '[{\"op\":\"remove\",\"path\":\"/metadata/labels/floor\"}]'"),
               "patched");
    bad("patch dev dev-1 -p '{\"spec\":{\"suspended\":false}}'");  // strategic: not for custom resources
    EXPECT_HAS(bad("patch dev dev-1 --type=merge -p '{\"spec\":{\"approval\":\"Maybe\"}}'"),
               "spec.approval: Unsupported value");
    auto text = ok("get dev dev-1 -o yaml");
    EXPECT_EQ(text.find("floor"), std::string::npos);
    EXPECT_HAS(ok("replace -f " + file("again.yaml", text)), "replaced");
    EXPECT_HAS(ok("apply --dry-run=server -f " + path), "server dry run");
    EXPECT_HAS(ok("get dev dev-1 -o jsonpath={.spec.suspended}"), "true");
}

TEST_P(KubectlTest, watches) {
    ok("apply -f " + file("device.yaml", kDevice));
    // The watch's output tells when it has begun, and when it has seen the label.
    std::string program = GetParam();
    auto script = file("watch.sh", "cd " + server.directory() +
                                       " && export HOME=$PWD KUBECONFIG=" + server.kubeconfig_path() + "\n" + program +
                                       " get dev -w >seen & watch=$!\n"
                                       "until grep -q dev-1 seen; do sleep 0.05; done\n" +
                                       program +
                                       " label dev dev-1 seen=yes\n"
                                       "until [ $(grep -c dev-1 seen) -ge 2 ]; do sleep 0.05; done\n"
                                       "kill $watch\n");
    EXPECT_EQ(::system(("timeout 60 bash " + script).c_str()), 0);
}

TEST_P(KubectlTest, handles_built_in_kinds) {
    EXPECT_HAS(ok("get ns"), "Active");
    EXPECT_HAS(ok("create secret generic s --from-literal=a=b"), "secret/s created");
    EXPECT_HAS(ok("get secret s"), "Opaque");
    EXPECT_EQ(ok("get secret s -o jsonpath={.data.a}"), "Yg==");
    EXPECT_HAS(ok("create configmap c --from-literal=a=b"), "created");
    auto path = file("cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c2}\ndata: {a: b}\n");
    ok("apply -f " + path);
    auto other = file("cm2.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c2}\ndata: {x: z}\n");
    EXPECT_HAS(ok("apply -f " + other), "configured");
    EXPECT_EQ(ok("get cm c2 -o jsonpath={.data}"), "{\"x\":\"z\"}");
    auto wrong = file("wrong.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c3}\ndata: {a: 1}\n");
    EXPECT_HAS(bad("create -f " + wrong), "data.a");
    ok("create ns temp");
    EXPECT_HAS(ok("delete ns temp"), "deleted");
    EXPECT_HAS(ok("get events"), "No resources found");
    EXPECT_HAS(ok("auth can-i create devices"), "yes");
    EXPECT_HAS(ok("delete cm --all"), "deleted");
}

TEST_P(KubectlTest, explains_kinds_by_their_schema) {
    auto device = ok("explain device");
    EXPECT_HAS(device, "One microcontroller: its identity, its session and what it reports.");
    EXPECT_HAS(device, "metadata");
    EXPECT_HAS(ok("explain device.spec"), "board");
    EXPECT_HAS(ok("explain device.spec.board"), "<string>");
    EXPECT_HAS(ok("explain device.metadata.labels"), "selected");
    EXPECT_HAS(ok("explain cm"), "data");
    bad("explain device.spec.nothing");
}

TEST_P(KubectlTest, refuses_unknown_fields) {
    auto path = file("unknown.yaml", std::string(kDevice) + "  colour: red\n");
    EXPECT_HAS(bad("create -f " + path), "unknown field");
}

TEST_P(KubectlTest, applies_on_the_server) {
    auto path = file("device.yaml", kDevice);
    EXPECT_HAS(ok("apply --server-side -f " + path), "serverside-applied");
    EXPECT_HAS(ok("get dev dev-1 -o jsonpath={.metadata.managedFields[0].operation}"), "Apply");
    auto pinned = file("pinned.yaml", std::string(kDevice) + "  gateway: gw-1\n");
    EXPECT_HAS(ok("apply --server-side --field-manager=other -f " + pinned), "serverside-applied");
    auto moved = file("moved.yaml", std::string(kDevice) + "  gateway: gw-2\n");
    auto refused = bad("apply --server-side -f " + moved);
    EXPECT_HAS(refused, "conflict with \"other\"");
    EXPECT_HAS(refused, ".spec.gateway");
    ok("apply --server-side --force-conflicts -f " + moved);
    EXPECT_EQ(ok("get dev dev-1 -o jsonpath={.spec.gateway}"), "gw-2");
    ok("apply --server-side -f " + path);  // gives the field up: nobody owns it any longer
    EXPECT_EQ(ok("get dev dev-1 -o jsonpath={.spec.gateway}"), "");
    EXPECT_HAS(ok("apply --server-side --dry-run=server -f " + path), "dry run");
}

TEST_P(KubectlTest, goes_from_client_side_to_server_side_apply) {
    auto path = file("device.yaml", kDevice);
    ok("apply -f " + path);
    auto changed = file("changed.yaml", std::string(kDevice) + "  suspended: true\n");
    EXPECT_HAS(ok("apply --server-side --force-conflicts -f " + changed), "serverside-applied");
    ok("label dev dev-1 floor=2");
    EXPECT_HAS(ok("apply --server-side --force-conflicts -f " + changed), "serverside-applied");
    EXPECT_EQ(ok("get dev dev-1 -o jsonpath={.spec.suspended}{.metadata.labels.floor}"), "true2");
}

TEST_P(KubectlTest, shows_the_definitions_of_custom_kinds) {
    EXPECT_HAS(ok("get crd"), "devices.wasmbed.io");
    EXPECT_HAS(ok("get crd devices.wasmbed.io -o yaml"), "openAPIV3Schema");
    ok("wait --for=condition=established crd/devices.wasmbed.io --timeout=10s");
    bad("delete crd devices.wasmbed.io");
}

TEST_P(KubectlTest, says_what_one_may_do) {
    auto rules = ok("auth can-i --list");
    EXPECT_HAS(rules, "*.*");
    EXPECT_HAS(rules, "selfsubjectrulesreviews");
    EXPECT_HAS(ok("auth can-i get devices"), "yes");
}

TEST_P(KubectlTest, deletes_in_the_foreground) {
    ok("apply -f " + file("device.yaml", kDevice));
    auto uid = ok("get dev dev-1 -o jsonpath={.metadata.uid}");
    ok("apply -f " + file("child.yaml",
                          "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: child\n  ownerReferences:\n  - "
                          "{apiVersion: wasmbed.io/v1alpha1, kind: Device, name: dev-1, uid: " +
                              uid + ", blockOwnerDeletion: true}\n"));
    ok("delete dev dev-1 --cascade=foreground --timeout=20s");
    EXPECT_HAS(bad("get cm child"), "not found");
    EXPECT_HAS(bad("get dev dev-1"), "not found");
}

INSTANTIATE_TEST_SUITE_P(Version, KubectlTest, testing::Values(WASMBED_KUBECTL_1_20, WASMBED_KUBECTL_1_32),
                         [](const auto& version) { return version.index == 0 ? "v1_20" : "v1_32"; });

}  // namespace
}  // namespace wasmbed::apiserver
