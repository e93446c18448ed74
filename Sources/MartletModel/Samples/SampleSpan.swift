/// How far back kept samples go, and how close together they are.
package enum SampleSpan: String, Sendable, Codable, CaseIterable {
    case hour
    case day
    case week

    /// Between two samples.
    package var stepInSeconds: Int64 {
        switch self {
        case .hour: 10
        case .day: 120
        case .week: 900
        }
    }

    /// How many are kept.
    package var count: Int {
        switch self {
        case .hour: 360
        case .day: 720
        case .week: 672
        }
    }

    /// The number of the interval that a time falls into, counted from 1970.
    package func tick(at seconds: Int64) -> Int64 { seconds.floorDivided(by: stepInSeconds) }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
