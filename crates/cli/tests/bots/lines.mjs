// Hubot's ears and mouth on standard input and output: a line of JSON is a message that
// somebody says ({"user", "room", "text"}); what the bot sends is a line of JSON, too.

import { createInterface } from 'node:readline'
import { Adapter, TextMessage, User } from 'hubot'

class Lines extends Adapter {
  #count = 0

  async send (envelope, ...messages) {
    for (const text of messages) {
      process.stdout.write(JSON.stringify({ room: envelope.room, text }) + '\n')
    }
  }

  async reply (envelope, ...messages) {
    await this.send(envelope, ...messages)
  }

  async run () {
    createInterface({ input: process.stdin }).on('line', (line) => {
      const { user, room, text } = JSON.parse(line)
      this.#count += 1
      this.receive(new TextMessage(new User(user, { name: user, room }), text, `m${this.#count}`))
    }).on('close', () => this.robot.shutdown())
    this.emit('connected')
  }
}

export default { use: (robot) => new Lines(robot) }
