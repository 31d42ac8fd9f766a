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
        let tools = Tools(
            clang: try context.tool(named: "clang").url, objcopy: try context.tool(named: "llvm-objcopy").url,
            embed: try context.tool(named: "bpfembed").url)
        return try files(in: sources, suffix: ".bpf.c").flatMap { source in
            commands(for: source, headers, shared, to: context.pluginWorkDirectoryURL, tools)
        }
    }

    private struct Tools {
        let clang: URL
        let objcopy: URL
        let embed: URL
    }

    private func commands(
        for source: URL, _ headers: [URL], _ shared: URL, to directory: URL, _ tools: Tools
    ) -> [Command] {
        let name = String(source.lastPathComponent.dropLast(".bpf.c".count))
        let whole = directory.appending(path: "\(name).whole.o")
        let object = directory.appending(path: "\(name).o")
        let swift = directory.appending(path: "\(name)Object.swift")
        let compile = Command.buildCommand(
            displayName: "Compiling \(source.lastPathComponent) for the kernel", executable: tools.clang,
            arguments: BPFCompiler.options + ["-I", shared.path, "-c", source.path, "-o", whole.path],
            inputFiles: [source] + headers, outputFiles: [whole])
        // The kernel wants its type information (.BTF), nobody what debuggers want.
        let strip = Command.buildCommand(
            displayName: "Stripping \(name).o", executable: tools.objcopy,
            arguments: ["--strip-debug", whole.path, object.path], inputFiles: [whole], outputFiles: [object])
        let embed = Command.buildCommand(
            displayName: "Embedding \(name).o", executable: tools.embed,
            arguments: ["\(name)Object", object.path, swift.path], inputFiles: [object], outputFiles: [swift])
        return [compile, strip, embed]
    }

    private func files(in directory: URL, suffix: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(suffix) }.sorted()
            .map { directory.appending(path: $0) }
    }
}
