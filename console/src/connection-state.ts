/** Whether somebody is connected, as the clients of both protocols tell it. */
export type ConnectionState = 'connecting' | 'open' | 'closed';
