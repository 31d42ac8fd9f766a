// swift-tools-version: 6.2
// SPDX-License-Identifier: BSD-2-Clause
import PackageDescription

/// Swift 6 mode (by the tools version), no implicit existential or re-exported import, and no warning let through.
let tests: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// What ships has `unsafe` written out at each use as well; the macros of Testing do not write it.
let strict = tests + [.strictMemorySafety()]

/// A tool is run thousands of times by scripts; without a dynamic linker it starts in an eighth of the instructions.
let tool: [LinkerSetting] = [.unsafeFlags(["-static-executable"], .when(configuration: .release))]

let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

/// The properties that packets are held to, as tests over a kept corpus; or, if the environment asks, as the program that
/// extends it. `Tests/fuzz` does.
let properties: [Target.Dependency] = [
    "Captures", "Control", "Dataplane", "Faith", "Inet6Control", "Internet", "KernelPrograms", "Netlink", "Puppet",
    "Stf", "Words",
]
let fuzzing: [Target] =
    Context.environment["HYDRANGEA_FUZZ"] == nil
    ? [
        .testTarget(
            name: "FuzzTests", dependencies: properties + ["TestSupport"], path: "Tests/Fuzz/Targets",
            exclude: ["Fuzzer.swift"], swiftSettings: tests)
    ]
    : [
        .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "stf-fuzz", dependencies: properties + ["CFuzzer", "CHeap"], path: "Tests/Fuzz/Targets",
            exclude: ["CorpusTests.swift"], swiftSettings: tests,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]),
    ]

let package = Package(
    name: "hydrangea",
    products: [
        .executable(name: "etherpuppet", targets: ["etherpuppet"]),
        .executable(name: "faithctl", targets: ["faithctl"]),
        .executable(name: "inet6d", targets: ["inet6d"]),
        .executable(name: "inet6ctl", targets: ["inet6ctl"]),
        .executable(name: "puppetctl", targets: ["puppetctl"]),
        .executable(name: "stfctl", targets: ["stfctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // Ground: bytes and system calls.
        .target(name: "Internet", swiftSettings: strict),
        .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        .target(name: "SystemIO", dependencies: ["CLinux", "Internet", system], swiftSettings: strict),

        // What makes BPF objects of C, and Swift of those.
        .plugin(
            name: "BPFCompiler", capability: .buildTool(), dependencies: ["bpfembed"], path: "Sources/BPFCompiler"),
        .executableTarget(name: "bpfembed", swiftSettings: strict),

        // Edges: the kernel's routing socket, programs inside the kernel, the control socket.
        .systemLibrary(name: "CMNL", pkgConfig: "libmnl", providers: [.apt(["libmnl-dev"])]),
        .target(name: "Netlink", dependencies: ["CMNL", "Internet", "SystemIO", system], swiftSettings: strict),
        .systemLibrary(name: "CBPF", pkgConfig: "libbpf", providers: [.apt(["libbpf-dev"])]),
        .target(
            name: "CKernelPrograms", dependencies: ["CBPF"],
            cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        .target(
            name: "KernelPrograms",
            dependencies: ["CBPF", "CKernelPrograms", "Internet", "Netlink", "SystemIO", system],
            exclude: ["bpf"], swiftSettings: strict, plugins: ["BPFCompiler"]),
        .target(
            name: "Control", dependencies: ["Internet", "SystemIO", system],
            resources: [
                .embedInCode("io.hydrangea.ifnet.varlink"), .embedInCode("org.varlink.service.varlink"),
            ],
            swiftSettings: strict + [.unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))]),

        // What only one of the tools says or hears: the others start quicker without.
        .target(
            name: "Inet6Control", dependencies: ["Control", "Internet", "Words"],
            resources: [
                .embedInCode("io.hydrangea.boot.varlink"), .embedInCode("io.hydrangea.inet6.varlink"),
                .embedInCode("io.hydrangea.mib.varlink"),
            ],
            swiftSettings: strict),
        .target(
            name: "FaithControl", dependencies: ["Control"], resources: [.embedInCode("io.hydrangea.faith.varlink")],
            swiftSettings: strict),
        .target(
            name: "PuppetControl", dependencies: ["Control", "SystemIO"],
            resources: [.embedInCode("io.hydrangea.puppet.varlink")],
            swiftSettings: strict),

        // What decides over packets of stf. Its checks of routes are made for the lookup that they are given.
        .target(
            name: "Stf", dependencies: ["CKernelPrograms", "Internet", "KernelPrograms"],
            swiftSettings: strict + [.unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))]),
        // What decides over relayed connections, without the sockets that carry them.
        .target(name: "Faith", dependencies: ["Internet"], swiftSettings: strict),
        // What carries them.
        .target(
            name: "Relay", dependencies: ["Faith", "Internet", "Netlink", "SystemIO", system], swiftSettings: strict),

        // What puppet's ends say to each other, and what they do not carry: no sockets.
        .target(
            name: "Puppet", dependencies: ["Internet"],
            swiftSettings: strict + [.unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))]),

        // What makes a program of the words of a filter.
        .target(
            name: "CPacketFilter", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
            linkerSettings: [.linkedLibrary("pcap")]),
        .target(name: "PacketFilter", dependencies: ["CPacketFilter"], swiftSettings: strict),

        // What carries frames between an interface and the other end.
        .target(
            name: "PuppetCarrier", dependencies: ["Internet", "Puppet", "SystemIO", system], swiftSettings: strict),

        // What makes their connection secret.
        .target(
            name: "CTLS", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(
            name: "PuppetTLS", dependencies: ["CTLS", "Internet", "PuppetCarrier", "SystemIO", system],
            swiftSettings: strict),

        // Middle: words become changes, changes become packets' rules.
        .target(name: "Words", dependencies: ["Control", "Internet"], swiftSettings: strict),
        // What BSD's boot files say, as files of ours.
        .target(name: "BSDBoot", dependencies: ["Control", "Internet", "Words"], swiftSettings: strict),
        .target(
            name: "Dataplane",
            dependencies: [
                "Control", "Faith", "FaithControl", "Internet", "KernelPrograms", "Netlink", "Inet6Control", "Puppet",
                "PuppetCarrier", "PuppetControl", "PuppetTLS", "Relay", "Stf", "SystemIO", "Words",
                system, .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "Tool", dependencies: ["Control", "Internet", "SystemIO", "Words", system], swiftSettings: strict),

        // What stfctl reads besides.
        .target(name: "Captures", swiftSettings: strict),

        // Executables.
        .executableTarget(
            name: "inet6d",
            dependencies: [
                "BSDBoot", "Control", "Dataplane", "Inet6Control", "KernelPrograms", "Netlink", "SystemIO", "Tool",
                "Words",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "etherpuppet", dependencies: ["Control", "Internet", "Puppet", "PuppetCarrier", "SystemIO", "Tool"],
            swiftSettings: strict, linkerSettings: tool),
        .executableTarget(
            name: "faithctl",
            dependencies: ["Control", "Faith", "FaithControl", "Internet", "SystemIO", "Tool", "Words"],
            swiftSettings: strict, linkerSettings: tool),
        .executableTarget(
            name: "inet6ctl", dependencies: ["Control", "Inet6Control", "SystemIO", "Tool", "Words"],
            swiftSettings: strict, linkerSettings: tool),
        .executableTarget(
            name: "puppetctl",
            dependencies: [
                "Control", "Internet", "PacketFilter", "Puppet", "PuppetCarrier", "PuppetControl", "PuppetTLS",
                "SystemIO", "Tool", "Words", system,
            ],
            // Not static: Debian's libpcap has a part of D-Bus in it.
            swiftSettings: strict),
        .executableTarget(
            name: "stfctl", dependencies: ["Captures", "Control", "Internet", "SystemIO", "Tool", "Words"],
            swiftSettings: strict, linkerSettings: tool),

        // Tests.
        .target(
            name: "CTestSupport", path: "Tests/CTestSupport",
            cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        .target(
            name: "TestSupport", dependencies: ["CTestSupport", "Internet"], path: "Tests/TestSupport",
            swiftSettings: tests),
        .executableTarget(
            name: "RelayBench", dependencies: ["Internet", "Relay", "SystemIO"], path: "Tests/Benchmarks/RelayBench",
            swiftSettings: tests),
        .testTarget(
            name: "RelayTests",
            dependencies: ["Faith", "Internet", "Relay", "RelayBench", "SystemIO", "TestSupport", system],
            swiftSettings: tests),
        .testTarget(
            name: "SystemIOTests", dependencies: ["Internet", "SystemIO", "TestSupport", system], swiftSettings: tests),
        .testTarget(name: "InternetTests", dependencies: ["Internet", "TestSupport"], swiftSettings: tests),
        .testTarget(
            name: "ControlTests",
            dependencies: ["Control", "FaithControl", "Inet6Control", "PuppetControl", "TestSupport", system],
            swiftSettings: tests),
        .testTarget(
            name: "BSDBootTests", dependencies: ["BSDBoot", "Control", "TestSupport", "Words"], swiftSettings: tests),
        .testTarget(name: "PuppetTests", dependencies: ["Internet", "Puppet", "TestSupport"], swiftSettings: tests),
        .testTarget(
            name: "PuppetTLSTests",
            dependencies: ["Internet", "PuppetCarrier", "PuppetTLS", "SystemIO", "TestSupport", system],
            swiftSettings: tests),
        .testTarget(name: "FaithTests", dependencies: ["Faith", "Internet", "TestSupport"], swiftSettings: tests),
        .testTarget(
            name: "WordsTests", dependencies: ["Control", "Internet", "Inet6Control", "TestSupport", "Words"],
            swiftSettings: tests),
        .target(name: "CHeap", path: "Tests/CHeap"),
        .executableTarget(
            name: "StfBench", dependencies: ["CHeap", "Stf", "StfPackets"], path: "Tests/Benchmarks/StfBench",
            swiftSettings: tests),
        .target(
            name: "StfPackets", dependencies: ["CKernelPrograms", "Internet", "KernelPrograms", "Stf", "TestSupport"],
            path: "Tests/StfPackets", swiftSettings: tests),
        .testTarget(
            name: "StfTests",
            dependencies: ["CKernelPrograms", "Internet", "KernelPrograms", "Stf", "StfPackets", "TestSupport"],
            swiftSettings: tests),
        .testTarget(
            name: "DataplaneTests",
            dependencies: [
                "Control", "Dataplane", "Faith", "FaithControl", "Inet6Control", "Internet", "KernelPrograms",
                "Netlink", "Relay", "Stf", "StfPackets", "SystemIO", "TestSupport", "Words",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: tests),
        .target(
            name: "NodeBed", dependencies: ["Internet", "KernelPrograms", "SystemIO", "TestSupport"],
            path: "Tests/NodeBed", swiftSettings: tests),
        .testTarget(
            name: "NodePackets",
            dependencies: ["Dataplane", "Internet", "KernelPrograms", "NodeBed", "TestSupport"],
            path: "Tests/NodePackets", swiftSettings: tests),
        .testTarget(
            name: "KernelProgramsTests",
            dependencies: [
                "CBPF", "CKernelPrograms", "Internet", "KernelPrograms", "Netlink", "NodeBed", "SystemIO",
                "TestSupport", system,
            ],
            swiftSettings: tests),
        .testTarget(
            name: "ToolTests",
            dependencies: ["Control", "SystemIO", "TestSupport", "Tool", "Words", system], swiftSettings: tests),
        .testTarget(
            name: "Inet6ctlTests",
            dependencies: ["Control", "Inet6Control", "SystemIO", "TestSupport", "Tool", "Words", "inet6ctl", system],
            swiftSettings: tests),
        .testTarget(
            name: "CapturesTests", dependencies: ["Captures", "TestSupport"], swiftSettings: tests),
        .testTarget(
            name: "StfctlTests", dependencies: ["Control", "TestSupport", "Tool", "Words", "stfctl"],
            swiftSettings: tests),
        .testTarget(
            name: "FaithctlTests",
            dependencies: ["Control", "FaithControl", "Relay", "TestSupport", "Tool", "Words", "faithctl"],
            swiftSettings: tests),
        .testTarget(
            name: "RepositoryTests",
            dependencies: [
                "Control", "Dataplane", "Faith", "FaithControl", "KernelPrograms", "Relay", "Stf", "TestSupport",
                "Tool",
                "Words", "inet6ctl",
            ],
            swiftSettings: tests),
        .testTarget(
            name: "SystemTests", dependencies: ["Control", "Inet6Control", "SystemIO", "TestSupport"],
            exclude: ["completions", "puppet_slave.py", "varlink_client.py"], swiftSettings: tests),
    ] + fuzzing
)
