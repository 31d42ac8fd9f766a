// SPDX-License-Identifier: BSD-2-Clause
import FoundationEssentials
import PackagePlugin

/// Makes of each `bpf/NAME.bpf.c` of a target an object for the kernel, and of that a Swift source with its bytes:
/// `let nodeObject: [UInt8]` of `node.bpf.c`.
///
/// The compiler is the clang of the Swift toolchain. A change of any header makes both anew.
@main
struct BPFCompiler: BuildToolPlugin {
    private static let options = [
        "-target", "bpf", "-mcpu=v3", "-O2", "-g", "-ffreestanding", "-Wall", "-Wextra", "-Wno-unused-parameter",
        "-Werror",
    ]

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let sources = target.directoryURL.appending(path: "bpf")
        let shared = context.package.directoryURL.appending(path: "Sources/CKernelPrograms/include")
        let headers = try files(in: sources, suffix: ".h") + files(in: shared, suffix: ".h")
        let clang = try context.tool(named: "clang").url
        let objcopy = try context.tool(named: "llvm-objcopy").url
        let embed = try context.tool(named: "bpfembed").url
        return try files(in: sources, suffix: ".bpf.c").map { source in
            let name = String(source.lastPathComponent.dropLast(".bpf.c".count))
            let swift = context.pluginWorkDirectoryURL.appending(path: "\(name)Object.swift")
            let compile = [clang.path] + BPFCompiler.options + ["-I", shared.path, "-c", source.path]
            // One command, and one output: the package manager takes any other file for a resource.
            return .buildCommand(
                displayName: "Compiling \(source.lastPathComponent) for the kernel", executable: embed,
                arguments: ["\(name)Object", swift.path, objcopy.path] + compile,
                inputFiles: [source] + headers, outputFiles: [swift])
        }
    }

    private func files(in directory: URL, suffix: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(suffix) }.sorted()
            .map { directory.appending(path: $0) }
    }
}
