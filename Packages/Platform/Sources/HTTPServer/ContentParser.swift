internal import CHTTPParser

/// Takes the content of one request out of its framing with http-parser; the head goes through it as well, as a second opinion.
@safe final class ContentParser {
    enum Progress {
        /// More bytes are needed.
        case incomplete
        /// The message is complete; so many bytes of what was fed belong to it.
        case complete(consumed: Int)
        /// The content is longer than allowed.
        case tooLarge
        /// The bytes break the framing.
        case malformed
    }

    private(set) var content: [UInt8] = []
    private var limit = 0
    private let parser: UnsafeMutablePointer<http_parser>
    private let settings: UnsafeMutablePointer<http_parser_settings>
    private var framing: ChunkFraming?
    fileprivate var isComplete = false
    fileprivate var isTooLarge = false

    init() {
        unsafe parser = UnsafeMutablePointer<http_parser>.allocate(capacity: 1)
        unsafe settings = UnsafeMutablePointer<http_parser_settings>.allocate(capacity: 1)
        unsafe http_parser_settings_init(settings)
        unsafe settings.pointee.on_body = contentArrived
        unsafe settings.pointee.on_message_complete = messageCompleted
    }

    /// Begins the next request of the connection.
    func reset(limit: Int, reserving length: Int) {
        self.limit = limit
        unsafe http_parser_init(parser, HTTP_REQUEST)
        unsafe parser.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        content = []
        content.reserveCapacity(min(length, limit))
        framing = nil
        isComplete = false
        isTooLarge = false
    }

    deinit {
        unsafe parser.deallocate()
        unsafe settings.deallocate()
    }

    /// The head says that the content is chunked: its framing is checked before it is taken apart.
    func expectChunks() {
        framing = ChunkFraming()
    }

    /// Feeds bytes; after `.complete` the rest of them belongs to the next request.
    func feed(_ bytes: ArraySlice<UInt8>) -> Progress {
        guard !bytes.isEmpty else { return .incomplete }
        framing?.check(bytes)
        if framing?.isSound == false { return .malformed }
        let consumed = unsafe bytes.withUnsafeBytes { buffer in
            unsafe http_parser_execute(parser, settings, buffer.bindMemory(to: CChar.self).baseAddress, buffer.count)
        }
        if isTooLarge { return .tooLarge }
        // Pausing inside of the callback makes the parser stop before the last byte of the message is counted.
        if isComplete { return .complete(consumed: consumed) }
        return consumed == bytes.count ? .incomplete : .malformed
    }

    fileprivate func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard content.count + bytes.count <= limit else {
            isTooLarge = true
            return false
        }
        unsafe content.append(contentsOf: bytes)
        return true
    }
}

private func owner(of parser: UnsafeMutablePointer<http_parser>?) -> ContentParser? {
    guard let data = unsafe parser?.pointee.data else { return nil }
    return unsafe Unmanaged<ContentParser>.fromOpaque(data).takeUnretainedValue()
}

private func contentArrived(_ parser: UnsafeMutablePointer<http_parser>?, _ bytes: UnsafePointer<CChar>?, _ count: Int) -> Int32 {
    guard let owner = unsafe owner(of: parser), let bytes = unsafe bytes else { return 1 }
    return unsafe owner.append(UnsafeRawBufferPointer(start: bytes, count: count)) ? 0 : 1
}

private func messageCompleted(_ parser: UnsafeMutablePointer<http_parser>?) -> Int32 {
    guard let owner = unsafe owner(of: parser) else { return 1 }
    owner.isComplete = true
    unsafe http_parser_pause(parser, 1)
    return 0
}
