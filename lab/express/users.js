// The people who can log in, the same as in the demo: there is no sign-up.
const PASSWORD = 'demo';

const users = ['Ana', 'Ben', 'Chandra', 'Dana'].map((name, at) => ({
  id: at + 1,
  name,
  email: `${name.toLowerCase()}@example.com`,
}));

export function authenticate(email, password) {
  return users.find((user) => user.email === email && password === PASSWORD);
}
