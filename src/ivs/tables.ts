/** The tables of IVS Chat, as migrations/ makes them. Times are milliseconds since the epoch. */

export interface RoomRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly maximum_message_length: number;
  readonly maximum_message_rate_per_second: number;
  /** Null: the room never had a review handler; empty: it had one. */
  readonly review_handler_uri: string | null;
  readonly review_handler_fallback: 'ALLOW' | 'DENY';
  /** JSON: an object of strings. */
  readonly tags: string;
}

/** A room's logging configurations, in order. */
export interface RoomLoggingConfigurationRow {
  readonly room_id: string;
  readonly position: number;
  readonly logging_configuration_id: string;
}

export interface LoggingConfigurationRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly updated_at: number;
  /** JSON, as in the API. */
  readonly destination: string;
  /** JSON: an object of strings. */
  readonly tags: string;
}

export interface IvsTables {
  readonly ivs_room: RoomRow;
  readonly ivs_room_logging_configuration: RoomLoggingConfigurationRow;
  readonly ivs_logging_configuration: LoggingConfigurationRow;
}
