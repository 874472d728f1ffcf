// The kind of `tls` and `client_certificate`: a certificate and its key, both or neither.
#include "kinds.hpp"

namespace tollgate::ops {

namespace {

constexpr std::string_view both = "{ certificate = \"FILE.pem\", key = \"FILE.pem\" }, or \"\" for both";

const Properties<TlsFiles>& tls_files_properties() {
    static const Properties<TlsFiles> properties = {
        property("certificate", "PEM: the certificate and those that prove it", &TlsFiles::certificate,
                 readable_file_kind()),
        property("key", "PEM: its private key", &TlsFiles::key, readable_file_kind()),
    };
    return properties;
}

/// Whether the file names something there, good or not: what is not good is said elsewhere.
bool is_given(const TomlValue& table, std::string_view key) {
    const auto* member = table.find(key);
    return member != nullptr && (member->value.type != TomlType::string || !member->value.string.empty());
}

}  // namespace

Kind<TlsFiles> tls_files_kind() {
    auto read = [](const Value& value) -> std::optional<TlsFiles> {
        const auto& toml = value.toml();
        if (toml.type != TomlType::table) {
            value.wrong_type(both);
            return std::nullopt;
        }
        TlsFiles files;
        files.line = toml.line;
        read_table(value, value.name(), tls_files_properties(), files);
        const bool has_certificate = is_given(toml, "certificate");
        if (has_certificate != is_given(toml, "key")) {
            value.problem(
                value.name() + (has_certificate ? " has a certificate and no key" : " has a key and no certificate"),
                std::string(both));
            return std::nullopt;
        }
        return files;
    };
    auto print = [](const TlsFiles& files) {
        std::string members;
        for (const auto& property : tls_files_properties()) {
            members.append(members.empty() ? "" : ", ")
                .append(property.name)
                .append(" = ")
                .append(property.print(files));
        }
        return "{ " + members + " }";
    };
    return {read, print};
}

}  // namespace tollgate::ops
