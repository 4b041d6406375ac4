// The dashboard's bundle, read once at start.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/base/result.hpp"
#include "host/net/http_server.hpp"

namespace wasmbed::web {

class StaticFiles {
  public:
    static constexpr std::size_t kFileBytesMax = 16 * 1024 * 1024;
    static constexpr std::size_t kFilesMax = 1000;

    /// Reads every file below `folder`; NAME.gz is the compressed form of NAME. A folder that is not there gives an
    /// empty set, whose page says so. The error names a file that cannot be read or a limit.
    static Result<StaticFiles, std::string> load(const std::filesystem::path& folder);

    /// The file for a GET or HEAD of `path`: itself; index.html for paths without a dot, which are the pages of the
    /// dashboard; else 404.
    net::Response answer(const net::Request& request) const;

    bool empty() const { return files_.empty(); }

  private:
    struct File {
        std::string content;
        std::string gzip;  ///< empty: there is none
        std::string type;
        std::string etag;
    };
    net::Response page(const net::Request& request, const File& file) const;

    std::string folder_;
    std::map<std::string, File> files_;  ///< by path, with the slash in front
};

}  // namespace wasmbed::web
