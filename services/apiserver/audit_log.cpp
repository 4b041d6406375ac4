#include "services/apiserver/audit_log.hpp"

namespace wasmbed::apiserver {

void AuditLog::write(const AuditEntry& entry, int code) {
    const auto& what = entry.what;
    json::object line{
        {"user", entry.user},        {"address", entry.address}, {"verb", what.verb}, {"group", what.group},
        {"resource", what.resource}, {"namespace", what.ns},     {"name", what.name}, {"code", code}};
    if (!what.subresource.empty()) line["subresource"] = what.subresource;
    if (entry.dry_run) line["dryRun"] = true;
    file_.write(std::move(line));
}

}  // namespace wasmbed::apiserver
