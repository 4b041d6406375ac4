// What every client command works with.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "host/kube/client.hpp"

namespace wasmbed::cli {

/// Flags common to the client commands.
struct ClientFlags {
    std::string kubeconfig;  ///< empty: $KUBECONFIG, else DIR/kubeconfig of the default data folder
    std::string ns;          ///< empty: the kubeconfig's
};

/// One identity at one API server, one namespace, and where to print. The web terminal runs the same commands with its
/// own streams.
struct Context {
    Context(IoContext& loop, kube::Kubeconfig kubeconfig, std::string name_space, std::ostream& output,
            std::ostream& errors)
        : io(loop),
          config(kubeconfig),
          ns(name_space.empty() ? config.default_namespace : std::move(name_space)),
          client(loop, std::move(kubeconfig), "wasmbed-cli"),
          out(output),
          err(errors) {}

    IoContext& io;
    kube::Kubeconfig config;
    std::string ns;
    kube::Client client;
    std::ostream& out;
    std::ostream& err;
};

/// The path of the kubeconfig that the flags mean. The error says which files were tried.
Result<std::string, std::string> find_kubeconfig_path(const ClientFlags& flags);

/// Reads that kubeconfig.
Result<kube::Kubeconfig, std::string> find_kubeconfig(const ClientFlags& flags);

/// Commands return an exit status: 0, or 1 after a line on `err`.
int report(Context& context, const kube::ApiError& error);
int report(Context& context, std::string_view error);

/// Kinds by any name that kubectl takes ("dev", "device", "devices", "devices.wasmbed.io"), upper or lower case.
Result<kube::ResourceType, std::string> find_kind(std::string_view name);

/// "device.wasmbed.io/board-1", as kubectl calls an object; `configmap/x` for the core group.
std::string object_label(const kube::ResourceType& type, std::string_view name);

/// Splits what stands behind a verb: "KIND [NAME...]" or "KIND/NAME...". The error is kubectl's.
struct Selection {
    kube::ResourceType type;
    std::vector<std::string> names;
};
Result<Selection, std::string> parse_selection(const std::vector<std::string>& words);

}  // namespace wasmbed::cli
