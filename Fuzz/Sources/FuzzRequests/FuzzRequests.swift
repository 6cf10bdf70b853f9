@testable internal import HTTPServer

/// Reads any bytes as the head of a request, and what follows as its content, whole and byte by byte.
///
/// No input may crash the process; what is accepted must be unambiguous; and how bytes are cut must not change what they mean.
@c(LLVMFuzzerTestOneInput)
public func fuzzRequests(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let end = endOfHead(bytes), let head = try? RequestHead(bytes[..<end], limits: ServerLimits()) else { return 0 }
    precondition(head.contentLength == nil || !head.isChunked, "two framings were accepted")
    precondition(head.headers.all("Host").count <= 1, "two hosts were accepted")
    precondition(!head.target.segments.contains { $0 == ".." || $0 == "." || $0.utf8.contains(0) }, "a path left its place")
    let whole = content(of: head, bytes[..<end], [bytes[end...]])
    let single = content(of: head, bytes[..<end], bytes[end...].indices.map { bytes[$0...$0] })
    precondition(whole == single, "the cut of the bytes changed their meaning")
    return 0
}

private func endOfHead(_ bytes: [UInt8]) -> Int? {
    guard bytes.count > 3 else { return nil }
    return (4...bytes.count).first { bytes[($0 - 4)..<$0].elementsEqual([13, 10, 13, 10]) }
}

private func content(of head: RequestHead, _ bytes: ArraySlice<UInt8>, _ pieces: [ArraySlice<UInt8>]) -> [UInt8]? {
    let parser = ContentParser()
    parser.reset(limit: 4_096, reserving: 0)
    if head.isChunked { parser.expectChunks() }
    if case .malformed = parser.feed(bytes) { return nil }
    guard head.hasContent else { return [] }
    for piece in pieces {
        switch parser.feed(piece) {
        case .incomplete: continue
        case .complete: return parser.content
        case .tooLarge, .malformed: return nil
        }
    }
    return nil
}
