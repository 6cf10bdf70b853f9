internal import Billing
internal import Core
internal import Graphs
internal import HTTPServer

/// Hands an archive out in clear: whole, or a range of it (RFC 9110 §14), with its digest (RFC 9530).
enum BackupFile {
    /// What is answered in one piece, with its length.
    private static let wholeLimit: Int64 = 4 << 20
    /// What is read at once.
    private static let piece = 1 << 18

    static func answer(_ request: Request, _ opened: (backup: GraphBackup, contents: any BackupContents)) async throws -> Response {
        guard let archive = opened.backup.archive else { throw GraphError.notFound }
        let size = archive.clearBytes
        var headers: Headers = [
            "Content-Type": "application/octet-stream", "Cache-Control": "no-store", "Accept-Ranges": "bytes",
            "Content-Disposition": "attachment; filename=\"\(opened.backup.id).dump\"", "ETag": "\"\(archive.clearDigest)\"",
            "X-Archive-Length": String(size), "X-Archive-SHA256": archive.clearDigest,
        ]
        let range: Range<Int64>
        switch Self.range(request.headers["Range"], of: size) {
        case .whole: range = 0..<size
        case .part(let part):
            range = part
            headers["Content-Range"] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
        case .outside:
            throw Problem(
                status: Status(rawValue: 416), code: "RANGE_NOT_SATISFIABLE", detail: "The archive has \(size) bytes.",
                headers: ["Content-Range": "bytes */\(size)"])
        }
        let status = headers["Content-Range"] == nil ? Status.ok : Status(rawValue: 206)
        let contents = opened.contents
        if Int64(range.count) <= wholeLimit {
            var bytes: [UInt8] = []
            try await read(range, of: contents) { bytes += $0 }
            return Response(status: status, headers: headers, body: .bytes(bytes))
        }
        return Response(
            status: status, headers: headers,
            body: .stream { writer in
                try await read(range, of: contents) { try await writer.write($0) }
            })
    }

    enum Asked: Equatable {
        case whole
        case part(Range<Int64>)
        case outside
    }

    /// Reads one range of bytes; a header of another form is ignored, as RFC 9110 §14.2 allows.
    static func range(_ text: String?, of size: Int64) -> Asked {
        guard let text, text.hasPrefix("bytes="), !text.contains(",") else { return .whole }
        let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .whole }
        if parts[0].isEmpty {
            guard let last = Int64(parts[1]), last >= 0 else { return .whole }
            return last == 0 || size == 0 ? .outside : .part(max(0, size - last)..<size)
        }
        guard let first = Int64(parts[0]), first >= 0 else { return .whole }
        guard parts[1].isEmpty || Int64(parts[1]).map({ $0 >= first }) == true else { return .whole }
        guard first < size else { return .outside }
        let end = Int64(parts[1]).map { min($0, size - 1) + 1 } ?? size
        return .part(first..<end)
    }

    /// Gives a range out; what lies before it is read as well, since no frame is used that was not proved.
    private static func read(
        _ range: Range<Int64>, of contents: any BackupContents, _ give: ([UInt8]) async throws -> Void
    ) async throws {
        var position: Int64 = 0
        while position < range.upperBound {
            let bytes = try await contents.read(upTo: piece)
            // A file that ends early must not look complete.
            guard !bytes.isEmpty else { throw GraphError.notFound }
            let start = max(0, range.lowerBound - position)
            let end = min(Int64(bytes.count), range.upperBound - position)
            position += Int64(bytes.count)
            if start < end { try await give(Array(bytes[Int(start)..<Int(end)])) }
        }
    }
}
