/**
 * Units as people write them, and numbers as they read them.
 */

/** By BACnet's names, which ACE uses. */
const SYMBOLS: Readonly<Record<string, string>> = {
  amperes: "A",
  btusPerPoundDryAir: "Btu/lb",
  cubicFeetPerMinute: "cfm",
  degreesAngular: "°",
  degreesCelsius: "°C",
  degreesFahrenheit: "°F",
  hectopascals: "hPa",
  hours: "h",
  inchesOfWater: "inH₂O",
  kilowattHours: "kWh",
  kilowatts: "kW",
  kilowattsPerTon: "kW/ton",
  litersPerSecond: "L/s",
  megawattHours: "MWh",
  milesPerHour: "mph",
  noUnits: "",
  partsPerMillion: "ppm",
  pascals: "Pa",
  percent: "%",
  percentRelativeHumidity: "%RH",
  poundsForcePerSquareInch: "psi",
  powerFactor: "PF",
  usGallonsPerMinute: "gpm",
  volts: "V",
  watts: "W",
  wattsPerSquareMeter: "W/m²"
}

/** `squareFeetPerHour` as `square feet per hour`, a known unit as its symbol. */
export const unitText = (unit: string | null): string => {
  if (unit === null) return ""
  return SYMBOLS[unit] ?? unit.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) =>
    `${before} ${after.toLowerCase()}`)
}

const plain = new Intl.NumberFormat("en", { maximumSignificantDigits: 5, useGrouping: true })
const large = new Intl.NumberFormat("en", { maximumFractionDigits: 1, useGrouping: true })

/** Five digits that count, all digits before the point. */
export const numberText = (value: number | null | undefined): string => {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–"
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return value.toExponential(3)
  return (size >= 1e4 ? large : plain).format(value)
}

/** How long ago, in the largest unit that fits. */
export const ageText = (ms: number): string => {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 1) return "now"
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`
}
