// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// A module map over a Debian library: `shim.h` and nothing else.
func system(_ name: String, pkgConfig: String?, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
    name: "wavestyle",
    products: [
        .executable(name: "wavestyle", targets: ["wavestyle"]),
        // All that computes, by one import; and pictures and pages.
        .library(name: "WavestyleKit", targets: ["WavestyleKit"]),
        .library(name: "WavestyleReport", targets: ["Report"]),
        // For Fuzz, a package of its own.
        .library(name: "FuzzBodies", targets: ["FuzzBodies"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        // Without traits: their flags are in another order each time, so that it would be compiled anew.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.0.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.0"),
    ],
    targets: [
        // Libraries of the system.
        system("CCairo", pkgConfig: "cairo", apt: "libcairo2-dev"),
        system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        system("CEBUR128", pkgConfig: "libebur128", apt: "libebur128-dev"),
        system("CHDF5", pkgConfig: "hdf5", apt: "libhdf5-dev"),
        system("CKissFFT", pkgConfig: nil, apt: "libkissfft-dev"),
        system("CLBFGSB", pkgConfig: nil, apt: "liblbfgsb-dev"),
        .systemLibrary(name: "CLinux"),
        system("CMPG123", pkgConfig: "libmpg123", apt: "libmpg123-dev"),
        system("COpenBLAS", pkgConfig: "openblas", apt: "libopenblas-dev"),
        system("CSampleRate", pkgConfig: "samplerate", apt: "libsamplerate0-dev"),
        system("CSndFile", pkgConfig: "sndfile", apt: "libsndfile1-dev"),

        // The product, ground floor first.
        .target(name: "CVectorKernels", cSettings: [.define("NDEBUG", .when(configuration: .release))]),
        .target(name: "CTagLib", linkerSettings: [.linkedLibrary("tag")]),
        .target(name: "Files", dependencies: ["CCrypto", "CLinux"]),
        .target(name: "Matrices", dependencies: ["COpenBLAS", "CVectorKernels"]),
        .target(name: "MuLaw"),
        .target(name: "Texture", dependencies: ["CVectorKernels", "Matrices"]),
        .target(name: "HDF5", dependencies: ["CHDF5", "Files"]),
        .target(name: "AudioIO", dependencies: ["CLinux", "CMPG123", "CSampleRate", "CSndFile", "CTagLib", "Files"]),
        .target(name: "WaveEncoder", dependencies: ["Matrices"]),
        .target(
            name: "WeightLoader",
            dependencies: [
                "Files", "HDF5", "Matrices", "Spectrogram", "WaveEncoder",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Checkpoint/tensor_bundle.proto"],
            resources: [.embedInCode("weights-manifest.json")]),
        .target(name: "Spectrogram", dependencies: ["CKissFFT", "CVectorKernels", "Matrices"]),
        .target(name: "Finishing", dependencies: ["AudioIO", "Evaluation", "Files", "Spectrogram"]),
        .target(name: "Optimizers", dependencies: ["CLBFGSB", "CVectorKernels", "Files"]),
        .target(
            name: "Mosaic",
            dependencies: ["AudioIO", "CVectorKernels", "Files", "Finishing", "Matrices", "Spectrogram"]),
        .target(
            name: "Transfer",
            dependencies: [
                "Files", "Matrices", "Mosaic", "MuLaw", "Optimizers", "Spectrogram", "Texture", "WaveEncoder",
            ]),
        .target(
            name: "Evaluation",
            dependencies: ["CEBUR128", "COpenBLAS", "Files", "Matrices", "Spectrogram", "Texture"]),
        .target(name: "Listening", dependencies: ["Files"]),
        .target(
            name: "Sweeps",
            dependencies: ["Evaluation", "Files", "Matrices", "Transfer", .product(name: "Yams", package: "Yams")],
            resources: [.embedInCode("Plans/layer-atlas.yaml")]),
        .target(
            name: "Report",
            dependencies: [
                "AudioIO", "CCairo", "Files", "Matrices", "Spectrogram",
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [
                .embedInCode("HTML/page.css"), .embedInCode("HTML/page.js"), .embedInCode("HTML/page.mustache"),
                .embedInCode("HTML/sweep.css"), .embedInCode("HTML/sweep.js"), .embedInCode("HTML/sweep.mustache"),
            ]),
        .target(
            name: "LocalServer",
            dependencies: [
                "Files", .product(name: "FlyingFox", package: "FlyingFox"),
                .product(name: "FlyingSocks", package: "FlyingFox"),
            ]),
        .target(
            name: "StudioLibrary", dependencies: ["Files", "Listening", .product(name: "GRDB", package: "GRDB.swift")]),
        .target(
            name: "StudioPage",
            exclude: [],
            resources: [.embedInCode("Page")]),
        .target(
            name: "WavestyleKit",
            dependencies: [
                "AudioIO", "Evaluation", "Files", "Finishing", "Matrices", "Mosaic", "MuLaw", "Optimizers",
                "Spectrogram",
                "Texture", "Transfer", "WaveEncoder", "WeightLoader",
            ]),
        .executableTarget(
            name: "wavestyle",
            dependencies: [
                "AudioIO", "Evaluation", "Files", "Finishing", "HDF5", "Listening", "LocalServer", "Matrices", "Mosaic",
                "MuLaw",
                "Optimizers",
                "Report", "Spectrogram", "StudioLibrary", "StudioPage", "Sweeps", "Transfer", "WaveEncoder",
                "WeightLoader",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "FlyingFox", package: "FlyingFox"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            resources: [.copy("Resources/sounds")]),

        // Measurements: `make bench`.
        .executableTarget(
            name: "wavestyle-bench",
            dependencies: [
                "AudioIO", "COpenBLAS", "Files", "Matrices", "MuLaw", "Optimizers", "Spectrogram", "Transfer",
                "WaveEncoder",
                "WeightLoader",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/Iteration"),

        // What is fuzzed: `make fuzz`; the tests replay the corpus.
        .target(
            name: "FuzzBodies",
            dependencies: ["AudioIO", "Files", "Spectrogram", "Transfer", "WaveEncoder", "WeightLoader"],
            path: "Fuzz/Bodies"),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["CHDF5", "HDF5", "Matrices", "Spectrogram", "WaveEncoder"],
            path: "Tests/TestSupport"),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
        .testTarget(name: "MatricesTests", dependencies: ["Matrices", "TestSupport"]),
        .testTarget(name: "MuLawTests", dependencies: ["MuLaw", "TestSupport"]),
        .testTarget(name: "HDF5Tests", dependencies: ["HDF5", "TestSupport"]),
        .testTarget(name: "AudioIOTests", dependencies: ["AudioIO", "Matrices", "TestSupport"]),
        .testTarget(name: "FinishingTests", dependencies: ["AudioIO", "Finishing", "Matrices", "TestSupport"]),
        .testTarget(name: "WaveEncoderTests", dependencies: ["WaveEncoder", "WeightLoader", "TestSupport"]),
        .testTarget(
            name: "WeightLoaderTests",
            dependencies: [
                "Matrices", "WeightLoader", "TestSupport", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzBodies", "TestSupport"]),
        .testTarget(name: "SpectrogramTests", dependencies: ["Spectrogram", "TestSupport"]),
        .testTarget(name: "TextureTests", dependencies: ["Matrices", "Texture", "TestSupport"]),
        .testTarget(name: "MosaicTests", dependencies: ["HDF5", "Matrices", "Mosaic", "TestSupport"]),
        .testTarget(name: "OptimizersTests", dependencies: ["Optimizers", "TestSupport"]),
        .testTarget(
            name: "TransferTests", dependencies: ["Optimizers", "Texture", "Transfer", "WeightLoader", "TestSupport"]),
        .testTarget(name: "EvaluationTests", dependencies: ["AudioIO", "Evaluation", "Files", "TestSupport"]),
        .testTarget(name: "ListeningTests", dependencies: ["Files", "Listening", "TestSupport"]),
        .testTarget(name: "ReportTests", dependencies: ["AudioIO", "CCairo", "Files", "Report", "TestSupport"]),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "wavestyle", "AudioIO", "CHDF5", "Evaluation", "Files", "Finishing", "HDF5", "TestSupport", "Transfer",
            ]),
        .testTarget(
            name: "LocalServerTests", dependencies: ["LocalServer", .product(name: "FlyingFox", package: "FlyingFox")]),
        .testTarget(
            name: "StudioLibraryTests",
            dependencies: [
                "Files", "Listening", "StudioLibrary", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(name: "SweepsTests", dependencies: ["Files", "Sweeps", "TestSupport", "Transfer"]),
        .testTarget(name: "WavestyleKitTests", dependencies: ["TestSupport", "WavestyleKit"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx17
)

for target in package.targets where target.path == nil && [.regular, .executable].contains(target.type) {
    target.exclude.append("README.md")
}
// The documentation's plugin, for `make docs` alone: nobody else waits for it.
if Context.environment["WAVESTYLE_DOCS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}
