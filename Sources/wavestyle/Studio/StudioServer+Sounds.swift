// SPDX-License-Identifier: Apache-2.0
import Files
import FlyingFox
import Foundation
import LocalServer
import StudioLibrary

/// Sounds that are brought, cut, played and seen.
extension StudioServer {
    func addSounds(to routes: inout RoutedHTTPHandler) {
        routes.appendRoute("POST /api/sounds") { (request: HTTPRequest) in
            let name = request.query["name"] ?? ""
            let origin: KeptSound.Origin = request.query["origin"] == "recording" ? .recording : .upload
            let path = library.newFile(for: FinishedRun.name(name), extension: name.nameExtension)
            try await receive(request, to: path)
            return created(try await offload { try sounds.keep(path, as: name, from: origin) })
        }
        routes.appendRoute("GET /api/sounds/:id/audio") { (id: Int) in
            let path = library.path(of: try sound(id))
            return try await flac(of: path)
        }
        routes.appendRoute("GET /api/sounds/:id/spectrogram") { (id: Int) in
            try await spectrogram(of: library.path(of: try sound(id)))
        }
        routes.appendRoute("POST /api/sounds/:id/cut") { (request: HTTPRequest, id: Int) in
            struct Part: Decodable { let start, end: Double }
            let (part, sound) = (try await request.json(Part.self), try sound(id))
            return created(try await offload { try sounds.cut(sound, from: part.start, to: part.end) })
        }
        routes.appendRoute("PATCH /api/sounds/:id") { (request: HTTPRequest, id: Int) in
            struct Change: Decodable { let name: String }
            let change = try await request.json(Change.self)
            let changed = try library.change(sound: Int64(id)) { $0.name = KeptText.name(change.name) }
            guard let changed else { throw Refusal.notFound }
            news.tell("sound", SoundAnswer(changed))
            return HTTPResponse(json: SoundAnswer(changed))
        }
        routes.appendRoute("DELETE /api/sounds/:id") { (id: Int) in
            guard try library.bin(sound: Int64(id)) else { throw Refusal.notFound }
            news.tell("gone", ["sound": id])
            return HTTPResponse(json: ["sound": id])
        }
    }

    private func sound(_ id: Int) throws -> KeptSound {
        guard let sound = try library.sound(Int64(id)) else { throw Refusal.notFound }
        return sound
    }

    func created(_ sound: KeptSound) -> HTTPResponse {
        news.tell("sound", SoundAnswer(sound))
        return HTTPResponse(json: SoundAnswer(sound), .created)
    }

    /// Stores a request's body as a file; what breaks off leaves none.
    private func receive(_ request: HTTPRequest, to path: String) async throws {
        do {
            let file = try LineWriter(path: path, as: "the sound")
            var bytes = 0
            for try await part in request.bodySequence {
                bytes += part.count
                guard bytes <= StudioSounds.mostBytes else {
                    throw Refusal(
                        .tooLarge,
                        Failure(
                            .badData, "cannot take the sound",
                            why: "its file is larger than \(StudioSounds.mostBytes >> 20) MB"))
                }
                try file.write(bytes: Array(part))
            }
            try file.sync()
            try file.close()
        } catch {
            unlink(path.cPath)
            throw error
        }
    }
}
