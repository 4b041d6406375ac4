// Tables as kubectl 1.20 prints them, out of what the API server sends (meta.k8s.io/v1 Table).
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "host/base/json.hpp"

namespace wasmbed::cli {

struct TableFormat {
    bool wide = false;            ///< also columns of priority > 0
    bool with_namespace = false;  ///< a first column NAMESPACE
    bool with_header = true;
};

/// Column widths only grow over the life of a printer, so that a watch's later rows stay aligned.
class TablePrinter {
  public:
    explicit TablePrinter(TableFormat format) : format_(format) {}

    /// Prints the rows of `table`; the header with the first one. Columns are three spaces apart, each as wide as its
    /// widest cell.
    void print(const json::value& table, std::ostream& out);

  private:
    struct Column {
        std::size_t index;
        std::string title;
    };
    void take_columns(const json::value& table);
    std::vector<std::string> row_cells(const json::value& row) const;

    TableFormat format_;
    std::vector<Column> columns_;
    std::vector<std::size_t> widths_;
    bool header_printed_ = false;
};

}  // namespace wasmbed::cli
