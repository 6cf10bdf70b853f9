internal import Glibc

/// An array of C strings that ends with a null pointer.
@safe
final class CStrings {
    private let count: Int
    private let storage: UnsafeMutablePointer<UnsafePointer<CChar>?>
    /// The strings as libpq takes them; valid as long as this object.
    var pointers: UnsafePointer<UnsafePointer<CChar>?> { unsafe UnsafePointer(storage) }

    init(_ strings: [String]) {
        count = strings.count
        unsafe storage = .allocate(capacity: strings.count + 1)
        for index in strings.indices { unsafe storage[index] = UnsafePointer(strdup(strings[index])) }
        unsafe storage[strings.count] = nil
    }

    deinit {
        for index in 0..<count { unsafe free(UnsafeMutablePointer(mutating: storage[index])) }
        unsafe storage.deallocate()
    }
}

extension PostgresParameters {
    /// Hands the parameters to a closure in the three arrays that libpq takes, made on the stack.
    func withPointers<Result>(
        _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Result
    ) -> Result {
        let count = entries.count
        return unsafe bytes.withUnsafeBytes { bytes in
            // An empty value needs an address all the same: a null pointer means NULL.
            let base = unsafe bytes.baseAddress ?? UnsafeRawPointer(emptyValue)
            return unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * count) { numbers in
                    for (index, entry) in entries.enumerated() {
                        let start = unsafe base + (entry.length > 0 ? entry.start : 0)
                        unsafe values.initializeElement(
                            at: index, to: entry.length < 0 ? nil : start.assumingMemoryBound(to: CChar.self))
                        unsafe numbers.initializeElement(at: index, to: max(entry.length, 0))
                        unsafe numbers.initializeElement(at: count + index, to: 1)
                    }
                    guard let values = values.baseAddress, let numbers = numbers.baseAddress else {
                        return body(0, nil, nil, nil)
                    }
                    return unsafe body(Int32(count), values, numbers, numbers + count)
                }
            }
        }
    }
}

/// One byte that stays where it is.
private nonisolated(unsafe) let emptyValue: UnsafePointer<UInt8> = {
    let byte = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
    unsafe byte.initialize(to: 0)
    return unsafe UnsafePointer(byte)
}()
