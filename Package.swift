// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is compiled with.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "martlet",
    products: [
        .executable(name: "martlet", targets: ["martlet"]),
        .executable(name: "martletd", targets: ["martletd"]),
        .executable(name: "martlet-guest", targets: ["martlet-guest"]),
    ],
    dependencies: [
        // What each one costs is in CONTRIBUTING.md.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // Values and decisions: no I/O, no clock.
        .target(name: "MartletModel", swiftSettings: strict),

        // Drivers: one outside thing each.
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(
            name: "MartletStore",
            dependencies: ["MartletModel", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict
        ),
        .target(
            name: "MartletQEMU",
            dependencies: [
                "MartletModel",
                "MartletLinux",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["README.md"],
            swiftSettings: strict
        ),
        .systemLibrary(name: "CMartletLinux"),
        .target(
            name: "MartletLinux",
            dependencies: [
                "MartletModel",
                "CLibCrypto",
                "CMartletLinux",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            exclude: ["README.md"],
            swiftSettings: strict
        ),
        .systemLibrary(name: "CPAM", providers: [.apt(["libpam0g-dev"])]),
        .target(
            name: "MartletPAM",
            dependencies: ["MartletModel", "MartletLinux", "CPAM"],
            exclude: ["README.md"],
            swiftSettings: strict
        ),
        .target(
            name: "MartletWebSocket",
            dependencies: [
                "MartletModel", "CLibCrypto",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            exclude: ["README.md"],
            swiftSettings: strict
        ),
        .target(
            name: "MartletClient",
            dependencies: [
                "MartletModel",
                "MartletLinux",
                "MartletWebSocket",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "MartletGuestProtocol",
            dependencies: [
                "MartletModel",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["README.md", "guest.proto", "Generated/sha256"],
            swiftSettings: strict
        ),

        // Services: own what lives.
        .target(name: "CMartletGuest", linkerSettings: [.linkedLibrary("crypt")]),
        .target(
            name: "MartletGuest",
            dependencies: [
                "CMartletGuest", "CMartletLinux", "MartletGuestProtocol", "MartletLinux", "MartletModel",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "MartletHost",
            dependencies: [
                "MartletGuestProtocol", "MartletModel", "MartletStore", "MartletQEMU", "MartletLinux", "MartletPAM",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict
        ),

        // Surfaces: decode, authorize, call, render.
        .target(
            name: "MartletAPI",
            dependencies: [
                "MartletModel", "MartletHost", "MartletLinux", "MartletStore", "MartletWebSocket",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "MartletConsole",
            dependencies: [
                "MartletModel", "MartletClient", "MartletLinux",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            resources: [.embedInCode("Assets")],
            swiftSettings: strict
        ),
        .target(
            name: "MartletCommands",
            dependencies: [
                "MartletModel", "MartletClient", "MartletLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),

        // Programs: main only.
        .executableTarget(
            name: "martlet",
            dependencies: ["MartletCommands"],
            swiftSettings: strict,
            // It begins sooner: its 130,000 relocations are packed (DT_RELR, glibc 2.36), and what nobody looks up has no dynamic symbol.
            linkerSettings: [
                .unsafeFlags(
                    [
                        "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
                        "-Xlinker", "--no-export-dynamic",
                    ], .when(configuration: .release))
            ]
        ),
        .executableTarget(
            name: "martletd",
            dependencies: [
                "MartletAPI", "MartletConsole", "MartletHost", "MartletLinux", "MartletModel", "MartletPAM",
                "MartletStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        // One static file for any Linux, whatever the rest is linked to.
        .executableTarget(
            name: "martlet-guest",
            dependencies: ["MartletGuest", "MartletModel", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict,
            linkerSettings: [
                .unsafeFlags(["-static-executable", "-Xlinker", "--gc-sections"]),
                .linkedLibrary("_FoundationCollections"), .linkedLibrary("_FoundationCShims"),
            ]
        ),
        // Tests. The faulty daemon is martletd with places where it can be made to fail.
        .executableTarget(
            name: "martletd-faulty",
            dependencies: [
                "MartletAPI", "MartletHost", "MartletModel",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/FaultyDaemon",
            swiftSettings: strict
        ),
        .target(
            name: "MartletTestSupport",
            dependencies: [
                "MartletClient", "MartletHost", "MartletLinux", "MartletModel", "MartletStore",
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Support",
            exclude: ["Share"],
            swiftSettings: strict
        ),
        .target(
            name: "MartletFakeHost",
            dependencies: [
                "MartletClient", "MartletModel", "MartletWebSocket",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/FakeHost",
            swiftSettings: strict
        ),
        .testTarget(
            name: "MartletClientTests",
            dependencies: ["MartletClient", "MartletFakeHost", "MartletLinux", "MartletModel", "MartletTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MartletCommandsTests",
            dependencies: [
                "MartletClient", "MartletCommands", "MartletFakeHost", "MartletLinux", "MartletModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["Golden"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MartletWebSocketTests",
            dependencies: [
                "MartletModel", "MartletWebSocket",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "MartletModelTests", dependencies: ["MartletModel"], swiftSettings: strict),
        .testTarget(
            name: "MartletStoreTests",
            dependencies: [
                "MartletModel", "MartletStore", "MartletTestSupport", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MartletHostTests",
            dependencies: [
                "MartletGuestProtocol", "MartletHost", "MartletLinux", "MartletModel", "MartletQEMU", "MartletStore",
                "MartletTestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MartletSystemTests",
            dependencies: [
                "MartletClient", "MartletHost", "MartletLinux", "MartletModel", "MartletQEMU", "MartletTestSupport",
                "martlet", "martletd", "martletd-faulty",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MartletAPITests",
            dependencies: [
                "MartletAPI", "MartletClient", "MartletCommands", "MartletHost", "MartletLinux", "MartletModel",
                "MartletTestSupport", "martletd",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Golden"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MartletConsoleTests",
            dependencies: [
                "MartletConsole", "MartletClient", "MartletLinux", "MartletModel", "MartletTestSupport", "martletd",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MartletGuestProtocolTests",
            dependencies: [
                "MartletGuest", "MartletGuestProtocol", "MartletLinux", "MartletModel", "MartletTestSupport",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MartletGuestTests",
            dependencies: [
                "MartletGuest", "MartletGuestProtocol", "MartletLinux", "MartletModel", "MartletTestSupport",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MartletLinuxTests",
            dependencies: ["MartletLinux", "MartletModel"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MartletQEMUTests",
            dependencies: [
                "MartletModel", "MartletLinux", "MartletQEMU",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            exclude: ["Golden"],
            swiftSettings: strict
        ),
    ]
)
