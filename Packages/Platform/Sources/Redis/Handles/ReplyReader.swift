internal import CHiredis

/// hiredis's parser of what a server sends. It frees itself; every call is for the one thread that owns it.
@safe
struct ReplyReader: ~Copyable {
    enum Next {
        case reply(RedisReply)
        case incomplete
        case garbled
    }

    /// An unfinished answer is not kept beyond this: those that are asked for have a hundred bytes.
    static let limit = 65_536

    private let reader: UnsafeMutablePointer<redisReader>
    private var unfinished = 0

    init() {
        guard let reader = unsafe redisReaderCreateWithFunctions(boundedFunctions) else { preconditionFailure("out of memory") }
        unsafe self.reader = reader
    }

    deinit {
        unsafe redisReaderFree(reader)
    }

    /// Takes bytes that have arrived; false when they can no longer become an answer.
    mutating func feed(_ bytes: ArraySlice<UInt8>) -> Bool {
        unfinished += bytes.count
        guard unfinished <= Self.limit else { return false }
        return unsafe bytes.withUnsafeBytes { buffer in
            unsafe redisReaderFeed(reader, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count) == REDIS_OK
        }
    }

    /// The next answer that is there whole.
    mutating func next() -> Next {
        var object: UnsafeMutableRawPointer?
        guard unsafe redisReaderGetReply(reader, &object) == REDIS_OK else { return .garbled }
        guard let object = unsafe object else { return .incomplete }
        defer { unsafe freeReplyObject(object) }
        unfinished = 0
        return .reply(unsafe Self.value(of: object.assumingMemoryBound(to: redisReply.self)))
    }

    private static func value(of reply: UnsafeMutablePointer<redisReply>) -> RedisReply {
        let content = unsafe reply.pointee
        switch unsafe content.type {
        case REDIS_REPLY_INTEGER: return unsafe .integer(content.integer)
        case REDIS_REPLY_STRING: return unsafe .text(text(of: content))
        case REDIS_REPLY_STATUS: return unsafe .status(text(of: content))
        case REDIS_REPLY_ERROR:
            let sentence = unsafe text(of: content)
            return .refusal(code: String(sentence.prefix { $0 != " " }), sentence)
        case REDIS_REPLY_ARRAY:
            guard let elements = unsafe content.element else { return .list([]) }
            let count = unsafe content.elements
            return .list(
                (0..<count).map { index in
                    guard let element = unsafe elements[index] else { return .nothing }
                    return unsafe value(of: element)
                })
        default: return .nothing
        }
    }

    private static func text(of reply: redisReply) -> String {
        guard let start = unsafe reply.str else { return "" }
        return unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: reply.len), as: UTF8.self)
    }
}

/// hiredis makes room for as many answers as the head of an array says, before any of them has come: more than these are none of ours.
private let mostElements: Int32 = 64

/// How hiredis makes an array; never changed once it is known.
private let makeArray: (@convention(c) (UnsafePointer<redisReadTask>?, Int32) -> UnsafeMutableRawPointer?)? = {
    let reader = unsafe redisReaderCreate()
    defer { unsafe redisReaderFree(reader) }
    return unsafe reader?.pointee.fn.pointee.createArray
}()

private func makeBoundedArray(_ task: UnsafePointer<redisReadTask>?, _ count: Int32) -> UnsafeMutableRawPointer? {
    guard count <= mostElements else { return nil }
    return unsafe makeArray?(task, count)
}

/// hiredis's own functions but for that one, where they stay; never changed.
private nonisolated(unsafe) let boundedFunctions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
    let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
    guard let reader = unsafe redisReaderCreate() else { preconditionFailure("out of memory") }
    unsafe functions.initialize(to: reader.pointee.fn.pointee)
    unsafe redisReaderFree(reader)
    unsafe functions.pointee.createArray = makeBoundedArray
    return unsafe functions
}()
