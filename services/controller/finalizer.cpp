#include "services/controller/finalizer.hpp"

#include <vector>

namespace wasmbed::controller {
namespace {

Task<kube::ApiResult<void>> write(kube::Client& client, kube::ResourceType type, fleet::ObjectMeta meta) {
    json::array finalizers(meta.finalizers.begin(), meta.finalizers.end());
    json::object patch{
        {"metadata", {{"resourceVersion", meta.resource_version}, {"finalizers", std::move(finalizers)}}}};
    auto written = co_await client.patch(type, meta.ns, meta.name, std::move(patch));
    if (!written && !written.error().not_found()) co_return fail(written.error());
    co_return kube::ApiResult<void>();
}

}  // namespace

Task<kube::ApiResult<void>> add_finalizer(kube::Client& client, kube::ResourceType type, fleet::ObjectMeta meta,
                                          std::string_view name) {
    if (meta.has_finalizer(name)) co_return kube::ApiResult<void>();
    meta.finalizers.emplace_back(name);
    co_return co_await write(client, std::move(type), std::move(meta));
}

Task<kube::ApiResult<void>> remove_finalizer(kube::Client& client, kube::ResourceType type, fleet::ObjectMeta meta,
                                             std::string_view name) {
    if (!meta.has_finalizer(name)) co_return kube::ApiResult<void>();
    std::erase(meta.finalizers, name);
    co_return co_await write(client, std::move(type), std::move(meta));
}

}  // namespace wasmbed::controller
