// The users of the service. There is no sign-up: the lab needs only people who can log in.
const PASSWORD = 'password';

const users = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'donald'].map((name, at) => ({
  id: `user-${at + 1}`,
  email: `${name}@example.com`,
}));

export function authenticate(email, password) {
  return users.find((user) => user.email === email && password === PASSWORD);
}

export function findUser(id) {
  return users.find((user) => user.id === id);
}
