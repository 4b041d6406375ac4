#include "services/emulator/device_pod.hpp"

namespace wasmbed::emulator {
namespace {

constexpr char kApiPort[] = "30461";
constexpr int kUser = 65532;  // that of the image

json::object labels() {
    return {{"app", kPodApp},
            {"app.kubernetes.io/name", kPodApp},
            {"app.kubernetes.io/component", "emulator"},
            {"app.kubernetes.io/part-of", "wasmbed"}};
}

json::object container(const std::string& device, const std::string& roles_namespace, const std::string& image) {
    json::array args{"emulator",   "--device=" + device, "--namespace=" + roles_namespace,
                     "--pki=/pki", "--data=/data",       "--firmware=/usr/share/wasmbed/firmware"};
    args.push_back(json::string(std::string("--api-address=0.0.0.0:") + kApiPort));
    args.push_back(json::string(std::string("--api-url=https://$(POD_IP):") + kApiPort));
    json::object probe{{"httpGet", {{"path", "/readyz"}, {"port", "api"}, {"scheme", "HTTPS"}}}};
    return {{"name", "board"},
            {"image", image},
            {"args", std::move(args)},
            {"env", json::array{json::object{{"name", "POD_IP"},
                                             {"valueFrom", {{"fieldRef", {{"fieldPath", "status.podIP"}}}}}}}},
            {"ports", json::array{json::object{{"name", "api"}, {"containerPort", 30461}}}},
            {"readinessProbe", probe},
            {"resources", {{"requests", {{"cpu", "100m"}, {"memory", "128Mi"}}}, {"limits", {{"memory", "1Gi"}}}}},
            {"securityContext",
             {{"allowPrivilegeEscalation", false},
              {"readOnlyRootFilesystem", true},
              {"capabilities", {{"drop", json::array{"ALL"}}}}}},
            {"volumeMounts", json::array{json::object{{"name", "pki"}, {"mountPath", "/pki"}, {"readOnly", true}},
                                         json::object{{"name", "data"}, {"mountPath", "/data"}}}}};
}

json::object owner(const json::value& device) {
    return {{"apiVersion", "wasmbed.io/v1alpha1"},
            {"kind", "Device"},
            {"name", json_string(device, {"metadata", "name"})},
            {"uid", json_string(device, {"metadata", "uid"})},
            {"controller", true}};
}

}  // namespace

std::string pod_name(const json::value& device) {
    return std::string(kPodApp) + "-" + std::string(json_string(device, {"metadata", "uid"}));
}

json::value device_pod(const json::value& device, const std::string& roles_namespace, const std::string& image) {
    auto ns = json_string(device, {"metadata", "namespace"});
    std::string key = std::string(ns) + "/" + std::string(json_string(device, {"metadata", "name"}));
    json::object metadata{{"name", pod_name(device)},
                          {"namespace", roles_namespace},
                          {"labels", labels()},
                          {"annotations", {{kPodDevice, key}}}};
    if (ns == roles_namespace) metadata["ownerReferences"] = json::array{owner(device)};
    json::object security{{"runAsNonRoot", true},
                          {"runAsUser", kUser},
                          {"runAsGroup", kUser},
                          {"fsGroup", kUser},
                          {"seccompProfile", {{"type", "RuntimeDefault"}}}};
    json::array volumes{
        json::object{{"name", "pki"}, {"secret", {{"secretName", "wasmbed-emulator-pki"}, {"defaultMode", 0440}}}},
        json::object{{"name", "data"}, {"emptyDir", json::object()}}};
    return {{"apiVersion", "v1"},
            {"kind", "Pod"},
            {"metadata", std::move(metadata)},
            {"spec",
             {{"serviceAccountName", "wasmbed-emulator"},
              {"terminationGracePeriodSeconds", 30},
              {"securityContext", std::move(security)},
              {"containers", json::array{container(key, roles_namespace, image)}},
              {"volumes", std::move(volumes)}}}};
}

}  // namespace wasmbed::emulator
