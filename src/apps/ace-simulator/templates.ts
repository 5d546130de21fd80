/**
 * The equipment of an invented building: the points of each kind of device, with names and ranges as in real ones.
 */

/** How a point's values behave: see `values.ts`. */
export type ValueKind =
  | "tenths"
  | "hundredths"
  | "setpoint"
  | "binary"
  | "flag"
  | "meter"
  | "counter"
  | "percent"
  | "float32Short"
  | "float32"
  | "double"

export interface PointTemplate {
  readonly label: string
  readonly objectType: "analogInput" | "analogOutput" | "analogValue" | "binaryInput" | "binaryOutput" | "binaryValue"
  readonly unit: string
  readonly kind: ValueKind
  /** The range of the values; for meters and counters the growth in a day. */
  readonly low: number
  readonly high: number
}

export interface DeviceTemplate {
  readonly model: string
  /** Names of the equipment of one controller; `#` stands for the number of the device. */
  readonly equipment: ReadonlyArray<string>
  readonly intervalMinutes: 1 | 5 | 15
  readonly tags: ReadonlyArray<string>
  readonly points: ReadonlyArray<PointTemplate>
}

const point = (
  label: string,
  objectType: PointTemplate["objectType"],
  unit: string,
  kind: ValueKind,
  [low, high]: readonly [low: number, high: number] = [0, 1]
): PointTemplate => ({ label, objectType, unit, kind, low, high })

const F = "degreesFahrenheit"
const CFM = "cubicFeetPerMinute"
const KW = "kilowatts"

const weather: DeviceTemplate = {
  model: "WX-200 weather station",
  equipment: ["WX-#"],
  intervalMinutes: 5,
  tags: ["weather"],
  points: [
    point("Outdoor Air Temp", "analogInput", F, "tenths", [-8, 96]),
    point("Outdoor Humidity", "analogInput", "percentRelativeHumidity", "float32Short", [15, 98]),
    point("Dew Point", "analogValue", F, "float32", [-14, 70]),
    point("Wind Speed", "analogInput", "milesPerHour", "float32", [0, 34]),
    point("Wind Direction", "analogInput", "degreesAngular", "tenths", [0, 359]),
    point("Solar Irradiance", "analogInput", "wattsPerSquareMeter", "double", [0, 1_050]),
    point("Barometric Pressure", "analogInput", "hectopascals", "hundredths", [981, 1_037]),
    point("Rain Detected", "binaryInput", "noUnits", "flag")
  ]
}

const airHandler: DeviceTemplate = {
  model: "AHU-DDC controller",
  equipment: ["AHU-#"],
  intervalMinutes: 1,
  tags: ["ahu", "airHandling"],
  points: [
    point("Supply Air Temp", "analogInput", F, "float32", [52, 78]),
    point("Return Air Temp", "analogInput", F, "float32", [66, 79]),
    point("Mixed Air Temp", "analogInput", F, "float32Short", [48, 80]),
    point("Supply Air Temp Setpoint", "analogValue", F, "setpoint", [54, 65]),
    point("Duct Static Pressure", "analogInput", "inchesOfWater", "float32", [0.1, 2.2]),
    point("Duct Static Setpoint", "analogValue", "inchesOfWater", "setpoint", [0.8, 1.6]),
    point("Supply Fan Status", "binaryInput", "noUnits", "binary"),
    point("Supply Fan Command", "binaryOutput", "noUnits", "binary"),
    point("Supply Fan Speed", "analogOutput", "percent", "percent", [0, 100]),
    point("Supply Fan Power", "analogInput", KW, "float32", [0, 22]),
    point("Supply Fan Run Hours", "analogValue", "hours", "counter", [6, 24]),
    point("Return Fan Status", "binaryInput", "noUnits", "binary"),
    point("Return Fan Speed", "analogOutput", "percent", "percent", [0, 100]),
    point("Return Fan Run Hours", "analogValue", "hours", "counter", [6, 24]),
    point("Outdoor Air Damper", "analogOutput", "percent", "float32Short", [0, 100]),
    point("Cooling Valve", "analogOutput", "percent", "float32Short", [0, 100]),
    point("Heating Valve", "analogOutput", "percent", "float32Short", [0, 100]),
    point("Supply Air Flow", "analogInput", CFM, "float32", [1_200, 24_000]),
    point("Return Air CO2", "analogInput", "partsPerMillion", "float32", [400, 1_150]),
    point("Filter Pressure Drop", "analogInput", "inchesOfWater", "hundredths", [0.2, 1.4]),
    point("Freeze Stat", "binaryInput", "noUnits", "flag"),
    point("Smoke Detector", "binaryInput", "noUnits", "binary"),
    point("Occupied", "binaryValue", "noUnits", "binary"),
    point("Economizer Enable", "binaryValue", "noUnits", "binary"),
    point("Economizer Lockout Setpoint", "analogValue", F, "setpoint", [58, 72]),
    point("Minimum Outdoor Air Setpoint", "analogValue", "percent", "setpoint", [10, 30]),
    point("Return Humidity", "analogInput", "percentRelativeHumidity", "float32Short", [22, 62]),
    point("Enthalpy", "analogValue", "btusPerPoundDryAir", "double", [14, 34]),
    point("Alarm Count", "analogValue", "noUnits", "counter", [1, 9]),
    point("Start Count", "analogValue", "noUnits", "counter", [2, 12]),
    point("Cooling Loop Output", "analogValue", "percent", "percent", [0, 100]),
    point("Heating Loop Output", "analogValue", "percent", "percent", [0, 100])
  ]
}

const zoneBoxes: DeviceTemplate = {
  model: "VAV floor controller",
  equipment: ["VAV-#-1", "VAV-#-2", "VAV-#-3", "VAV-#-4", "VAV-#-5", "VAV-#-6", "VAV-#-7", "VAV-#-8"],
  intervalMinutes: 1,
  tags: ["vav", "zone"],
  points: [
    point("Zone Temp", "analogInput", F, "float32Short", [66, 78]),
    point("Zone Temp Setpoint", "analogValue", F, "setpoint", [68, 75]),
    point("Discharge Air Temp", "analogInput", F, "float32", [52, 96]),
    point("Air Flow", "analogInput", CFM, "float32", [40, 900]),
    point("Air Flow Setpoint", "analogValue", CFM, "setpoint", [100, 800]),
    point("Damper Position", "analogOutput", "percent", "float32Short", [0, 100]),
    point("Reheat Valve", "analogOutput", "percent", "tenths", [0, 100]),
    point("Occupancy Sensor", "binaryInput", "noUnits", "binary"),
    point("Occupied Mode", "binaryValue", "noUnits", "binary"),
    point("Zone CO2", "analogInput", "partsPerMillion", "float32", [410, 1_250]),
    point("Damper Run Time", "analogValue", "hours", "counter", [2, 14]),
    point("Damper Move Count", "analogValue", "noUnits", "counter", [40, 400])
  ]
}

const meters: DeviceTemplate = {
  model: "PM-8 power meter gateway",
  equipment: ["MTR-#-1", "MTR-#-2", "MTR-#-3", "MTR-#-4", "MTR-#-5", "MTR-#-6"],
  intervalMinutes: 15,
  tags: ["meter", "elec"],
  points: [
    point("Energy", "analogInput", "kilowattHours", "meter", [300, 4_800]),
    point("Demand", "analogInput", KW, "float32", [4, 260]),
    point("Voltage L-L", "analogInput", "volts", "hundredths", [472, 488]),
    point("Current Average", "analogInput", "amperes", "float32", [8, 320]),
    point("Power Factor", "analogInput", "powerFactor", "double", [0.82, 0.99]),
    point("Pulse Count", "analogValue", "noUnits", "counter", [2_000, 50_000])
  ]
}

const plant: DeviceTemplate = {
  model: "Central plant controller",
  equipment: ["CH-#-1", "CH-#-2", "CT-#-1"],
  intervalMinutes: 1,
  tags: ["plant", "chiller"],
  points: [
    point("Leaving Water Temp", "analogInput", F, "float32", [41, 56]),
    point("Entering Water Temp", "analogInput", F, "float32Short", [48, 64]),
    point("Leaving Water Setpoint", "analogValue", F, "setpoint", [42, 48]),
    point("Status", "binaryInput", "noUnits", "binary"),
    point("Enable", "binaryOutput", "noUnits", "binary"),
    point("Load", "analogInput", "percent", "percent", [0, 100]),
    point("Power", "analogInput", KW, "float32", [0, 410]),
    point("Energy", "analogInput", "kilowattHours", "meter", [900, 7_500]),
    point("Run Hours", "analogValue", "hours", "counter", [4, 24]),
    point("Start Count", "analogValue", "noUnits", "counter", [1, 10]),
    point("Water Flow", "analogInput", "usGallonsPerMinute", "float32", [150, 1_400]),
    point("Differential Pressure", "analogInput", "poundsForcePerSquareInch", "float32Short", [4, 28]),
    point("Isolation Valve Open", "binaryInput", "noUnits", "flag"),
    point("Efficiency", "analogValue", "kilowattsPerTon", "double", [0.45, 0.95])
  ]
}

/** The first device of a site, then those that follow, repeated until the site has all its points. */
export const FIRST_DEVICE = weather
export const NEXT_DEVICES: ReadonlyArray<DeviceTemplate> = [
  airHandler,
  zoneBoxes,
  meters,
  airHandler,
  zoneBoxes,
  plant,
  zoneBoxes
]
