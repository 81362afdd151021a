# frozen_string_literal: true

require "pty"
require "yaml"

# Runs a command that somebody has been given a token for, and shows its output line by line as it comes.
class OutputChannel < ApplicationCable::Channel
  REGISTRY = "tmp/output_tokens.yml" # token => [program, argument, ...]

  def subscribed
    @command = commands[params[:token]]
    @command ? stream_from(stream) : reject
  end

  def start
    return if @running&.alive?
    output, _input, @pid = PTY.spawn(*@command)
    @running = Thread.new { relay(output) }
  end

  def unsubscribed
    Process.kill(:TERM, @pid) if @running&.alive?
  rescue Errno::ESRCH
    nil # it has ended by itself
  end

  private

  def commands
    path = Rails.root.join(REGISTRY)
    path.exist? ? YAML.safe_load_file(path) : {}
  end

  def stream
    "output-#{params[:token]}"
  end

  def relay(output)
    output.each_line(chomp: true) { |line| ActionCable.server.broadcast(stream, {line: line}) }
  rescue Errno::EIO
    nil # a terminal whose program has ended
  ensure
    ActionCable.server.broadcast(stream, {exit: Process.wait2(@pid).last.exitstatus})
  end
end
