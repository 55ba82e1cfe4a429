DROP TABLE agent_orchestrator.turn, agent_orchestrator.dialogue, agent_orchestrator.knowledge_entry,
  agent_orchestrator.agent_prompt, agent_orchestrator.agent;
