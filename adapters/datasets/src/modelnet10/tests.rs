mod archives;
mod behaviour;
mod files;
mod kit;
mod real;
