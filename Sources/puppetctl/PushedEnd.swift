// SPDX-License-Identifier: BSD-2-Clause
import PuppetTLS
import SystemIO
import Tool

/// The far end as a file that is copied there, run, and removed: etherpuppet(1), which needs nothing beside it.
struct PushedEnd {
    let file: [UInt8]
    /// For sh(1), which is all that there has to be, with mktemp(1), head(1), sha256sum(1) and rm(1).
    let command: String

    /// - Parameter interface: there.
    init(for interface: String) throws(ToolError) {
        let path = "/proc/self/exe"
        do throws(SystemError) {
            let own = try target(ofLink: path)
            let directory = own.split(separator: "/").dropLast().map { "/\($0)" }.joined()
            file = try contents(ofFile: "\(directory)/etherpuppet")
        } catch {
            throw .noInput("push: etherpuppet, beside puppetctl: \(error)")
        }
        guard let digest = sha256(file) else { throw .noInput("push: no SHA-256") }
        command = """
            d=$(mktemp -d /tmp/puppet.XXXXXX) || exit 73; trap 'rm -rf "$d"' 0; trap 'exit 143' 1 2 13 15; \
            head -c \(file.count) >"$d/etherpuppet" && chmod 700 "$d/etherpuppet" || exit 73; \
            set -- $(sha256sum "$d/etherpuppet"); [ "$1" = \(digest) ] || exit 74; \
            "$d/etherpuppet" -t -S -i \(SSHCommand.line([interface]))
            """
    }
}
