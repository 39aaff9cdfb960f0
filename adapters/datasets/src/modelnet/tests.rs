mod archives;
mod behaviour;
mod files;
mod formats;
mod kit;
mod real;
mod real_meshes;
