import MartletModel

extension MartletError {
    /// Runs `body`; an error of ours goes through, and any other becomes the cause of one with this code and message.
    static func mapping<T: Sendable>(
        to code: Code = .internal,
        _ message: @autoclosure () -> String = "an unforeseen error",
        _ body: () async throws -> T
    ) async throws(MartletError) -> T {
        do {
            return try await body()
        } catch let error as MartletError {
            throw error
        } catch {
            throw MartletError(code, message(), cause: error)
        }
    }
}
