import { addAppInstance } from './app-instance.ts';
import { addCall } from './call.ts';
import { addChannel } from './channel.ts';
import { addChimeUser } from './chime-user.ts';
import { addDoctor } from './doctor.ts';
import { addPolicy } from './policy.ts';
import { addRole } from './role.ts';
import { addRoom } from './room.ts';
import { addRootKey } from './root-key.ts';
import { addServe } from './serve.ts';
import { addTail } from './tail.ts';
import { addToken } from './token.ts';
import { addKey, addUser } from './user.ts';

/** Adds each command to the program, in the order of `parlor --help`. */
export const commands = [
  addServe,
  addRoom,
  addToken,
  addAppInstance,
  addChimeUser,
  addChannel,
  addTail,
  addUser,
  addKey,
  addRole,
  addPolicy,
  addCall,
  addDoctor,
  addRootKey,
];
